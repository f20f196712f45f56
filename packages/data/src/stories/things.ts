/** What the stories are about. A thing carries its own verbs, places and troubles, so that none gets another's. */
import { type Phrase, phrases, type Variable, variable } from './grammar';

/** Adjectives that go with every toy, blanket, and cup. */
export const look: Phrase = variable(
  'look',
  phrases(`red, blue, green, yellow, orange, pink, white, brown, purple, black, little, big, new, pretty`),
);

/** Things small enough to lose: what one does with them, where, how they break, and how they are mended. */
export const toy: Variable<'name' | 'use' | 'using' | 'at' | 'broke' | 'mended'> = variable('toy', [
  toyOf('ball', 'kick', 'kicking', 'in the park', 'the air came out', 'found the hole and put a patch on it'),
  toyOf('kite', 'fly', 'flying', 'on the hill', 'the string broke', 'tied a new string to it'),
  toyOf('boat', 'sail', 'sailing', 'on the lake', 'the sail ripped', 'made a new sail for it'),
  toyOf('train', 'push', 'pushing', 'in the yard', 'a wheel fell off', 'put the wheel on again'),
  toyOf('truck', 'push', 'pushing', 'in the yard', 'a wheel came off', 'put the wheel back on'),
  toyOf('drum', 'play', 'playing', 'in the garden', 'the top ripped', 'put a new top on it'),
  toyOf('horn', 'blow', 'blowing', 'in the yard', 'the end got bent', 'made it straight again'),
  toyOf('bell', 'ring', 'ringing', 'in the garden', 'the handle came off', 'put the handle back on'),
  toyOf('hat', 'wear', 'wearing', 'in the park', 'the top ripped', 'sewed it up'),
  toyOf('book', 'read', 'reading', 'under a tree', 'a page ripped', 'put the page back with tape'),
  toyOf('doll', 'play with', 'playing with', 'under a tree', 'an arm came off', 'put the arm back on'),
  toyOf('flute', 'play', 'playing', 'under a tree', 'it got a crack', 'closed the crack with glue'),
  toyOf('whistle', 'blow', 'blowing', 'on the beach', 'the string came off', 'tied a new string to it'),
  toyOf('scarf', 'wear', 'wearing', 'in the yard', 'it ripped', 'sewed it up'),
  toyOf('plane', 'fly', 'flying', 'on the hill', 'a wing came off', 'put the wing back on'),
  toyOf('robot', 'play with', 'playing with', 'in the garden', 'a leg came off', 'put the leg back on'),
]);

function toyOf(name: string, use: string, using: string, at: string, broke: string, mended: string) {
  return { name, use, using, at, broke, mended };
}

const spots =
  phrases(`under the bed, behind the door, in the big box, under the table, behind the chair, in the
    kitchen, by the window, in the basket, under the stairs, on the shelf, behind the sofa, in the
    hall`);

/** Where in the house a toy can be; `otherSpot` is not `spot`. */
export const spot: Phrase = variable('spot', spots);

export const otherSpot: Phrase = variable('otherSpot', spots, { except: spot });

/** `the` as in "went to the park", `at` as in "played in the park". */
export const place: Variable<'the' | 'at'> = variable('place', [
  { the: 'the park', at: 'in the park' },
  { the: 'the garden', at: 'in the garden' },
  { the: 'the woods', at: 'in the woods' },
  { the: 'the farm', at: 'at the farm' },
  { the: 'the lake', at: 'by the lake' },
  { the: 'the hill', at: 'on the hill' },
  { the: 'the river', at: 'by the river' },
  { the: 'the beach', at: 'on the beach' },
  { the: 'the field', at: 'in the field' },
  { the: 'the playground', at: 'at the playground' },
]);

/** Adjectives that go with every animal. */
export const coat: Phrase = variable('coat', phrases('little, brown, white, young, old, small, gray, black'));

/** Animals in need: what they say, what is wrong, how a child helps, and how they show that they are glad. */
export const animal: Variable<'name' | 'sound' | 'trouble' | 'help' | 'joy'> = variable('animal', [
  animalOf('cat', 'Meow', 'It was stuck in a tree.', 'held out both arms, and the cat jumped down', 'purred'),
  animalOf('dog', 'Woof', 'It had a thorn in its paw.', 'pulled out the thorn', 'wagged its tail'),
  animalOf('bird', 'Tweet', 'It had a hurt wing.', 'put a soft cloth around the wing', 'sang a song'),
  animalOf('duck', 'Quack', 'Its foot was stuck in a net.', 'took the net off its foot', 'flapped its wings'),
  animalOf(
    'mouse',
    'Squeak',
    'It was stuck in a jar.',
    'turned the jar over and let it out',
    'danced around',
  ),
  animalOf('frog', 'Croak', 'It was stuck in a hole.', 'lifted it out of the hole', 'jumped up and down'),
  animalOf('owl', 'Hoot', 'It had a hurt wing.', 'put a soft cloth around the wing', 'blinked its big eyes'),
  animalOf(
    'sheep',
    'Baa',
    'It was stuck in a bush.',
    'pulled the bush apart and let it out',
    'shook its tail',
  ),
]);

function animalOf(name: string, sound: string, trouble: string, help: string, joy: string) {
  return { name, sound, trouble, help, joy };
}

/** Hard things to do: how they go wrong , what helps, and how they go when they go well. */
export const skill: Variable<'name' | 'wrong' | 'tip' | 'right'> = variable('skill', [
  skillOf('ride a bike', 'fell off the bike', 'Look ahead, not down', 'rode the bike down the street'),
  skillOf('swim', 'went under the water', 'Kick with both legs', 'swam all the way across the pool'),
  skillOf('skate', 'slipped and fell down', 'Bend your legs a little', 'skated around the whole lake'),
  skillOf('bake a cake', 'burned the cake', 'Look at the clock', 'baked a fine cake'),
  skillOf('draw a horse', 'drew a horse that looked like a dog', 'Draw slowly', 'drew a very good horse'),
  skillOf('whistle', 'blew, but no sound came out', 'Make your lips round', 'whistled a happy song'),
  skillOf(
    'climb a tree',
    'slipped down the tree',
    'Hold on with both hands',
    'climbed to the top of the tree',
  ),
  skillOf('build a tower', 'saw the tower fall down', 'Put the big blocks first', 'built a very tall tower'),
  skillOf('jump rope', 'tripped over the rope', 'Do not go so fast', 'jumped rope ten times'),
  skillOf('fly a kite', 'let the kite fall down', 'Run with the wind', 'made the kite fly up high'),
]);

function skillOf(name: string, wrong: string, tip: string, right: string) {
  return { name, wrong, tip, right };
}

/** Ways to help at home, as in "can you …" and "she …". */
export const chore: Variable<'name' | 'did'> = variable('chore', [
  { name: 'wash the dishes', did: 'washed the dishes' },
  { name: 'sweep the floor', did: 'swept the floor' },
  { name: 'feed the hens', did: 'fed the hens' },
  { name: 'water the plants', did: 'watered the plants' },
  { name: 'clean the windows', did: 'cleaned the windows' },
  { name: 'make the beds', did: 'made the beds' },
  { name: 'cook the soup', did: 'cooked the soup' },
  { name: 'pick the apples', did: 'picked the apples' },
]);

/** Things to do in the house on a rainy day, and of what kind they are. */
export const game: Variable<'name' | 'did' | 'kind'> = variable('game', [
  { name: 'bake cookies', did: 'baked cookies', kind: 'sweet' },
  { name: 'make a cake', did: 'made a cake', kind: 'sweet' },
  { name: 'paint pictures', did: 'painted pictures', kind: 'work' },
  { name: 'make a tent', did: 'made a tent', kind: 'work' },
  { name: 'build a castle', did: 'built a castle', kind: 'work' },
  { name: 'sing songs', did: 'sang songs', kind: 'play' },
  { name: 'read stories', did: 'read stories', kind: 'play' },
  { name: 'play cards', did: 'played cards', kind: 'play' },
]);

/** What is heard in the dark, and what it turns out to be. */
export const noise: Variable<'sound' | 'name' | 'was'> = variable('noise', [
  { sound: 'Tap, tap, tap', name: 'branch', was: 'a branch at the window' },
  { sound: 'Scratch, scratch', name: 'cat', was: 'the cat, who wanted some milk' },
  { sound: 'Hoot, hoot', name: 'owl', was: 'an owl in the tree' },
  { sound: 'Drip, drip, drip', name: 'rain', was: 'the rain on the roof' },
  { sound: 'Tick, tock', name: 'clock', was: 'the old clock on the wall' },
  { sound: 'Creak, creak', name: 'door', was: 'the door in the wind' },
  { sound: 'Squeak, squeak', name: 'mouse', was: 'a mouse who wanted some cheese' },
  { sound: 'Whoosh, whoosh', name: 'wind', was: 'the wind in the trees' },
]);

/** Soft things to hold in the dark. */
export const comfort: Phrase = variable('comfort', phrases('blanket, bear, doll, pillow, bunny, lion'));

/** What grows from a seed. */
export const plant: Phrase = variable(
  'plant',
  phrases(`apple tree, rose bush, pumpkin, sunflower, bean plant, orange tree, pear tree, tomato plant`),
);

/** Things of grown-ups that break when they fall. */
export const treasure: Phrase = variable(
  'treasure',
  phrases('cup, plate, bowl, lamp, vase, jar, clock, pot'),
);
