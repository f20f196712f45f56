/** Who the stories are about, and what belongs to a child. An entity carries the forms in which it is mentioned. */
import { type Phrase, phrases, type Variable, variable } from './grammar';

type Pronouns = 'he' | 'He' | 'his' | 'His' | 'him';

const he: Record<Pronouns, string> = {
  he: 'he',
  He: 'He',
  his: 'his',
  His: 'His',
  him: 'him',
};
const she: Record<Pronouns, string> = {
  he: 'she',
  He: 'She',
  his: 'her',
  His: 'Her',
  him: 'her',
};

const girls = ['Lily', 'Mia', 'Sue', 'Anna', 'Lucy', 'Kate', 'Emma', 'Zoe', 'Ella', 'Rosa', 'Ruby', 'Amy'];
const boys = ['Tom', 'Ben', 'Tim', 'Sam', 'Max', 'Jack', 'Leo', 'Dan', 'Finn', 'Nick', 'Bob', 'Joe'];
const people = [
  ...girls.map((name) => ({ name, child: 'girl', ...she })),
  ...boys.map((name) => ({ name, child: 'boy', ...he })),
];
type Person = Variable<'name' | 'child' | Pronouns>;

export const hero: Person = variable('hero', people);

export const friend: Person = variable('friend', people, { except: hero });

/** `name` as in "her mom", `Name` as in "Thank you, Mom!". */
export const parent: Variable<'name' | 'Name' | Pronouns> = variable('parent', [
  { name: 'mom', Name: 'Mom', ...she },
  { name: 'dad', Name: 'Dad', ...he },
  { name: 'grandma', Name: 'Grandma', ...she },
  { name: 'grandpa', Name: 'Grandpa', ...he },
]);

/** What the hero likes to eat. */
export const food: Phrase = variable(
  'food',
  phrases(`apples, beans, bread, cake, candy, carrots, cheese, cookies, corn, fish, grapes, honey, jam,
    nuts, pancakes, pears, pie, plums, rice, soup`),
);

/** What the hero likes to look at. */
export const marvel: Phrase = variable(
  'marvel',
  phrases(`bears, bees, birds, boats, books, cats, cows, dogs, ducks, flowers, frogs, games, horses, pigs,
    snow, songs, stars, trains, trees, trucks`),
);

/** What the hero wears; no toy is in this list. */
export const garment: Phrase = variable(
  'garment',
  phrases('coat, shirt, sweater, ribbon, belt, cap, jacket, bow'),
);

/** Of what color it is. */
export const color: Phrase = variable(
  'color',
  phrases('red, blue, green, yellow, pink, white, brown, purple, black, gray'),
);

/** What there is to drink. */
export const drink: Phrase = variable('drink', phrases('milk, tea, water, juice, cocoa'));

/** A pet's name; no child is called so. */
export const pet: Phrase = variable('pet', phrases('Spot, Fluff, Coco, Rex, Daisy, Pip, Buddy, Star'));
