import { describe, expect, it } from 'vitest';
import { advice } from './backend';

describe('what the doctor says would be faster', () => {
  it('names the flag where Node has 256-bit arithmetic, and else the Node that has it', () => {
    expect(advice('v24.1.0', 'wasm')[0]).toMatch(/^--revectorize/);
    expect(advice('v22.9.0', 'wasm')[0]).toMatch(/^Node 24 or later with --revectorize/);
  });

  it('says nothing where a graphics card does the work', () => {
    expect(advice('v24.1.0', 'webgpu')).toEqual([]);
  });
});
