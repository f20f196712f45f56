import type { EvaluationEvent, StepEvent } from '@tinyllm/train';

/** Losses by step, in order; null where a curve has no point. */
export interface Curves {
  readonly steps: readonly number[];
  readonly train: readonly (number | null)[];
  readonly validation: readonly (number | null)[];
}

export function curvesOf(events: readonly (StepEvent | EvaluationEvent)[]): Curves {
  const points = new Map<number, { train: number | null; validation: number | null }>();
  for (const event of events) {
    const point = points.get(event.step) ?? { train: null, validation: null };
    if (event.type === 'step') point.train = event.loss;
    else point.validation = event.validation?.loss ?? null;
    points.set(event.step, point);
  }
  const steps = [...points.keys()].sort((a, b) => a - b);
  const column = (name: 'train' | 'validation'): (number | null)[] =>
    steps.map((step) => points.get(step)?.[name] ?? null);
  return { steps, train: column('train'), validation: column('validation') };
}
