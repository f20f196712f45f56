import type { RunningBackend } from '@tinyllm/compute';
import type { Recipe } from '@tinyllm/train';

/** Everything needed to repeat a run: its `config.json`. */
export interface RunConfig {
  readonly recipe: Recipe;
  readonly data: {
    /** What `--data` said. */
    readonly path?: string;
    readonly description: string;
    /** A hash of the token ids of both splits. */
    readonly fingerprint: string;
    /** What `--data-license` said, or what is known. */
    readonly license?: string;
    /** Nats per token, where it is known. */
    readonly entropy?: number;
  };
  readonly model: Readonly<Record<string, unknown>>;
  readonly backend: RunningBackend;
  /** `pytorch` where a part of it ran there: its version, and on how many of what. */
  readonly versions: { readonly tinyllm: string; readonly node: string; readonly pytorch?: string };
  /** Where this is the copy of a run that `export --to pytorch` made. */
  readonly exported?: Exported;
}

/** Where an exported run comes from. */
export interface Exported {
  /** Its name in `runs/`. */
  readonly run: string;
  /** The name of the checkpoint that both have, the sha256 of its parameters there, and the bytes of metrics until then. */
  readonly checkpoint: string;
  readonly model: string;
  readonly metrics: number;
  /** The id behind every document, where there is one. */
  readonly separator?: number;
}
