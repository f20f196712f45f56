/**
 * The grammar of all stories. A plot draws what it is about, mentions everything it drew, and ends well. To add
 * one: write it in `toy-plots.ts`, `day-plots.ts` or a file of its own, put it into `story`, and read twenty of
 * its stories. The tests check that no story has two derivations, as it would if a draw were never mentioned.
 */
import { afraidOfTheDark, animalInNeed, rainyDay, seed, truth, tryAgain } from './day-plots';
import { choose, draw, type Node, say } from './grammar';
import { hero } from './people';
import { broken, lostAndFound, sharing, wish } from './toy-plots';

/** Every story: a hero, and what happens to this hero. */
export const story: Node = say`
  ${draw(hero)}
  ${choose(lostAndFound, wish, sharing, broken, animalInNeed, tryAgain, rainyDay, afraidOfTheDark, seed, truth)}`;
