/** Sentences that several plots share. */
import { choose, draw, type Node, say } from './grammar';
import { color, drink, food, garment, hero, marvel, parent, pet } from './people';
import { coat, look, toy } from './things';

/** The hero as a subject at the beginning of a sentence, where no one else can be meant. */
export const Hero: Node = choose(hero.name, hero.He);

export const aToy: Node = say`${look.a} ${look.name} ${toy.name}`;
export const hisToy: Node = say`${hero.his} ${look.name} ${toy.name}`;
export const theToy: Node = say`the ${look.name} ${toy.name}`;
export const hisParent: Node = say`${hero.his} ${parent.name}`;
export const HisParent: Node = say`${hero.His} ${parent.name}`;

export const loved: Node = choose('loved', 'liked');
export const sad: Node = choose('sad', 'very sad', 'so sad', 'upset', 'very upset');
export const glad: Node = choose('happy', 'very happy', 'so happy', 'glad', 'very glad', 'full of joy');
export const proud: Node = choose('proud', 'very proud', 'so proud', 'happy', 'very happy');

const trait: Node = choose([2, 'little'], 'kind', 'happy', 'nice', 'young', 'sweet', 'good', 'clever');

const home: Node = say`${choose('small', 'little', 'white', 'red', 'warm', 'quiet')} house
  ${choose('by the lake', 'by the sea', 'near the woods', 'on a hill', 'on a farm', 'in a town')}`;

const likes: Node = say`${draw(food, marvel)}${hero.He} ${loved} ${food.name} and ${marvel.name}.`;

const has: Node = choose(
  say`${hero.He} lived in a ${home}.`,
  say`${draw(coat, pet)}${hero.He} had ${coat.a} ${coat.name} ${choose('cat', 'dog', 'bird')} named ${pet.name}.`,
  [
    2,
    say`${draw(color, garment)}${hero.He} ${choose('always wore', 'wore', 'had')} a ${color.name} ${garment.name}.`,
  ],
);

/** A sentence or two, or none, behind the one before, that show who the hero is. */
const portrait: Node = choose('', [2, say` ${likes}`], [2, say` ${has}`], [4, say` ${likes} ${has}`]);

const opening: Node = say`${choose(
  [4, say`Once upon a time, there was a ${trait} ${hero.child} named ${hero.name}.`],
  [2, say`Once there was a ${trait} ${hero.child} named ${hero.name}.`],
  [2, say`${hero.name} was a ${trait} ${hero.child}.`],
  [2, say`There once lived a ${trait} ${hero.child} named ${hero.name}.`],
)}${portrait}`;

const OneDay: Node = choose(
  'One day',
  say`One ${choose('sunny', 'fine', 'warm', 'bright', 'quiet', 'lovely', 'nice', 'spring')}
    ${choose('day', 'morning', 'afternoon')}`,
);

/**
 * How a story begins. `event` is what happened one day, said of the hero ("was playing in the park"), and
 * can stand without the `background`, which is a sentence or two that the story may also do without.
 */
export function begin({
  background,
  event,
  day = OneDay,
}: {
  background: Node;
  event: Node;
  day?: Node;
}): Node {
  return choose(
    [3, say`${opening} ${background} ${day}, ${choose(hero.name, hero.he)} ${event}`],
    [1, say`${day}, ${choose([2, say`a ${trait} ${hero.child} named ${hero.name}`], hero.name)} ${event}`],
  );
}

const often: Node = choose('', ' every day', ' all day long', ' after lunch', ' in the morning');

/** The toy that the story is about, and what the hero does with it. */
export const lovesToy: Node = choose(
  say`${hero.He} had ${aToy}. ${hero.He} ${loved} to ${toy.use} it${often}.`,
  say`${hero.He} had ${aToy} and ${loved} to ${toy.use} it${often}.`,
  say`${hero.He} loved ${hisToy} most of all.`,
  say`${hero.He} got ${aToy} from ${hero.his} ${choose('aunt', 'uncle', 'teacher', 'cousin', 'sister', 'brother')}.`,
);

/** The hero's face falls. */
export const heroIsSad: Node = choose(
  say`${Hero} ${choose('was', 'felt')} ${sad}${choose('', ' and began to cry', ' and sat down')}.`,
  say`${Hero} ${choose('began to cry', 'cried and cried', 'sat down and cried', 'did not know what to do')}.`,
);

export const heroIsGlad: Node = say`${hero.name} ${choose('was', 'felt')} ${glad}.`;

export const thanksParent: Node = choose(
  say`"Thank you, ${parent.Name}!" ${choose('said', 'cried')} ${hero.name}.`,
  say`${hero.name} gave ${hisParent} a ${choose('hug', 'big hug', 'kiss', 'big kiss')}.`,
  say`"Thank you${choose('', ' so much', ' very much')}, ${parent.Name},"
    ${hero.name} said with a ${choose('smile', 'big smile')}.`,
  say`"You are the best ${parent.name} in the world!" said ${hero.name}.`,
);

/** The hero takes the toy and plays, alone. */
export const playsAgain: Node = say`${choose('Then', 'Soon', 'After lunch,', 'After that,')} ${hero.name}
  went ${choose('out', 'outside', 'off')} to ${toy.use} ${hisToy}.`;

/** What the hero learned: a fact ("it is good to share"), or what he did from then on ("shared his toys"). */
export function moral(fact: Node | string, always: Node | string): Node {
  const After = choose('From that day on', 'After that', 'From then on');
  return choose(
    say`${choose('', 'That day, ', 'And so ')}${hero.name} learned that ${fact}.`,
    say`Now ${hero.name} ${choose('knew', 'knows')} that ${fact}.`,
    [2, say`${After}, ${hero.name} always ${always}.`],
  );
}

/** A last sentence behind the one before it, or none: a meal with someone, or a dream of something. */
export function farewell({ companion, dream }: { companion: Node; dream: Node }): Node {
  return choose(
    '',
    choose(' It was a good day.', ' What a happy day!', ' It was the best day ever.', ' The end.'),
    [
      3,
      say` ${draw(food)}${choose('At home,', 'Later,', 'In the evening,')} ${hero.name} and ${companion} had
        ${choose('', 'some ', 'a lot of ')}${food.name}${choose('', say` and ${draw(drink)}${drink.name}`)}.`,
    ],
    [
      2,
      say` That night, ${hero.name} ${choose('', 'went to sleep and ')}dreamed of
        ${choose(dream, say`${draw(marvel)}${marvel.name}`)}.`,
    ],
  );
}
