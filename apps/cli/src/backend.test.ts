import { describe, expect, it } from 'vitest';
import { advice } from './backend';

describe('what the doctor says would be faster', () => {
  it('names the flag where Node has 256-bit arithmetic, and else the Node that has it', () => {
    expect(advice('wasm', true)[0]).toMatch(/^--revectorize/);
    expect(advice('wasm', false)[0]).toMatch(/^Node 24 or later with --revectorize/);
  });

  it('says nothing where a graphics card does the work', () => {
    expect(advice('webgpu', true)).toEqual([]);
  });
});
