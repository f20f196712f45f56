import { Command } from 'commander';
import { print } from '../output';

/** `tinyllm bench`: where the benchmarks are. */
export function benchCommand(): Command {
  return new Command('bench')
    .description(
      'Say how to run the benchmarks, which are in the repository: they need the peers they compare with.',
    )
    .addHelpText('after', '\nExample:\n  tinyllm bench')
    .action(() => {
      print('The benchmarks run in a clone of the repository, beside PyTorch, llama2.c and others:\n');
      print('  npx pnpm@12 bench train|sample|tokenizers|prepare [--json]\n');
      print('docs/benchmarks.md has the figures seen. `tinyllm doctor` measures this machine alone.');
    });
}
