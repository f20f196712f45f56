/** Types of numbers in parameters. */
type Scalar = 'f32' | 'i32' | 'u32';

/** Types of numbers in storage buffers; `real` is f32 or f16, as the tensor that is bound lies on the card. */
export type Stored = Scalar | 'real';

/** Programs of one family, each made once: its text is long, and its pipeline is kept by the program's identity. */
export function family<Variant extends readonly (boolean | number | string)[]>(
  make: (...variant: Variant) => Program,
): (...variant: Variant) => Program {
  const made = new Map<string, Program>();
  return (...variant) => {
    const key = variant.join();
    const program = made.get(key) ?? make(...variant);
    made.set(key, program);
    return program;
  };
}

/** Names and types, in order. */
type Fields<Type extends string> = Readonly<Record<string, Type>>;

/** One kernel in WGSL, without what `shaderOf` writes around it. */
export interface Program {
  /** Shown in the errors of the device. */
  readonly name: string;
  /** Storage that is read only: each an array. `x_t` is the type of the numbers of `x`. */
  readonly reads: Fields<Stored>;
  /** Storage that is written, which nothing else in the dispatch may be bound to. */
  readonly writes: Fields<Stored>;
  /** Numbers that the body reads as `p.name`. */
  readonly params: Fields<Scalar>;
  /** Rows of four u32 that the body reads as `p.table[row]`, at most so many. Default: none. */
  readonly tableRows?: number;
  /** Threads of a workgroup, at most 256. */
  readonly threads: number;
  /** Functions and workgroup memory. */
  readonly declarations?: string;
  /** Runs in every thread `tid` of workgroup `group`, both u32. */
  readonly body: string;
}

/**
 * The whole WGSL of a program. Workgroups are counted in one number, as large as it needs to be: a dispatch has at most
 * 65,535 along an axis, so it is spread over two and those left over return. `halves`: which of its tensors lie on the
 * card in half precision.
 */
export function shaderOf(program: Program, halves: readonly boolean[] = []): string {
  const { reads, writes, params, tableRows = 0, threads, declarations = '', body } = program;
  const bindings = [...accesses(reads, 'read'), ...accesses(writes, 'read_write')].map(
    ([name, type, access], i) => `alias ${name}_t = ${type !== 'real' ? type : halves[i] ? 'f16' : 'f32'};
@group(0) @binding(${i}) var<storage, ${access}> ${name}: array<${name}_t>;`,
  );
  const fields = Object.entries({ ...params, groups: 'u32' }).map(([name, type]) => `${name}: ${type},`);
  const table = tableRows > 0 ? `table: array<vec4<u32>, ${tableRows}>,` : '';
  return `
${halves.includes(true) ? 'enable f16;' : ''}
${bindings.join('\n')}
struct Params { ${fields.join(' ')} ${table} }
@group(0) @binding(${bindings.length}) var<uniform> p: Params;
${declarations}
@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
  @builtin(local_invocation_index) tid: u32,
) {
  let group = workgroup.y * workgroups.x + workgroup.x;
  if (group >= p.groups) { return; }
  ${body}
}`;
}

function accesses(fields: Fields<Stored>, access: string): [name: string, type: Stored, access: string][] {
  return Object.entries(fields).map(([name, type]) => [name, type, access]);
}

/** What the body of a program reads as `p`. */
export interface Params {
  readonly [name: string]: number | Uint32Array;
}

/** A program's parameters as its uniform buffer holds them; `groups` and, where it has one, `table` are among them. */
export function packParams({ params, tableRows = 0 }: Program, values: Params): ArrayBuffer {
  const fields = Object.entries({ ...params, groups: 'u32' });
  const head = Math.ceil(fields.length / 4) * 16;
  const bytes = new ArrayBuffer(head + 16 * tableRows);
  const view = new DataView(bytes);
  for (const [i, [name, type]] of fields.entries()) {
    const value = values[name] as number;
    if (type === 'f32') view.setFloat32(4 * i, value, true);
    else if (type === 'i32') view.setInt32(4 * i, value, true);
    else view.setUint32(4 * i, value, true);
  }
  if (tableRows > 0) new Uint32Array(bytes, head).set(values.table as Uint32Array);
  return bytes;
}

/** `count` workgroups, along two axes where one does not hold them. */
export function spread(count: number, most: number): [number, number] {
  const y = Math.ceil(count / most);
  return [Math.ceil(count / y), y];
}
