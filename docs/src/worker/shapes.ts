import { flopsPerToken, type GPTOptions, gptConfig, parameterShapes } from '@tinyllm/model';
import { trainingMemory } from '@tinyllm/train';
import type { Job } from './session';

/** What a config makes: its parameters by name, and what a step costs. Nothing is allocated. */
export const shapes: Job<'shapes'> = async function* ({ options, batchSize }) {
  const config = gptConfig(options as unknown as GPTOptions);
  const model = { architecture: 'gpt', config } as const;
  yield {
    parameters: [...parameterShapes(model)].map(([name, shape]) => ({ name, shape })),
    flopsPerToken: flopsPerToken(model).training,
    trainingBytes: trainingMemory(config, { batchSize }),
  };
};
