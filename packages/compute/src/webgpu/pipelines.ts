import { type Program, shaderOf } from './program';

/** The compiled programs of a device, each once for every way in which its tensors may lie there. */
export class Pipelines {
  private readonly made = new Map<Program, Map<string, GPUComputePipeline>>();

  constructor(private readonly device: GPUDevice) {}

  /** `halves`: which of the program's tensors, in order, lie in half precision. */
  of(program: Program, halves: readonly boolean[]): GPUComputePipeline {
    const variants = this.made.get(program) ?? new Map<string, GPUComputePipeline>();
    this.made.set(program, variants);
    const key = halves.join();
    const pipeline = variants.get(key) ?? this.compile(program, halves);
    variants.set(key, pipeline);
    return pipeline;
  }

  private compile(program: Program, halves: readonly boolean[]): GPUComputePipeline {
    const { name: label } = program;
    const module = this.device.createShaderModule({ label, code: shaderOf(program, halves) });
    return this.device.createComputePipeline({
      label,
      layout: this.layoutOf(program),
      compute: { module, entryPoint: 'main' },
    });
  }

  /** Of all that a program declares, so that a body need not use it. */
  private layoutOf({ reads, writes }: Program): GPUPipelineLayout {
    const types: GPUBufferBindingType[] = [
      ...Object.keys(reads).map(() => 'read-only-storage' as const),
      ...Object.keys(writes).map(() => 'storage' as const),
      'uniform',
    ];
    const visibility = 4; // GPUShaderStage.COMPUTE
    const entries = types.map((type, binding) => ({ binding, visibility, buffer: { type } }));
    return this.device.createPipelineLayout({
      bindGroupLayouts: [this.device.createBindGroupLayout({ entries })],
    });
  }
}
