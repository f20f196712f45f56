/** Plots about a day on which something happens, and someone learns something. */
import { choose, depending, draw, maybe, type Node, paragraph, say } from './grammar';
import { friend, hero, parent } from './people';
import {
  begin,
  farewell,
  glad,
  Hero,
  HisParent,
  heroIsSad,
  hisParent,
  loved,
  moral,
  proud,
  sad,
} from './phrases';
import { animal, coat, comfort, game, look, noise, place, plant, skill, treasure } from './things';

export const animalInNeed: Node = say`
  ${draw(place, animal, coat, parent)}
  ${begin({
    background: say`${hero.He} ${loved} ${choose('animals', 'all animals', 'to play outside', 'to look for animals')}.`,
    event: say`${choose('was walking', 'was playing', 'went for a walk')} ${place.at} with ${hisParent}.`,
  })}
  "${animal.sound}! ${animal.sound}!" ${choose(
    say`${hero.name} heard a ${choose('soft', 'sad', 'small')} sound.`,
    say`"What ${choose('was', 'is')} that?" ${choose('said', 'asked')} ${hero.name}.`,
  )}
  ${choose('It was', say`Then ${hero.he} saw`, say`${hero.He} saw`)} ${coat.a} ${coat.name} ${animal.name}.
  ${animal.trouble}${maybe(
    say`The ${animal.name} ${choose('was', 'looked')} ${choose('sad', 'scared', 'afraid', 'tired')}.`,
  )}
  ${paragraph}
  "${choose('Do not be afraid', 'Do not cry', say`Poor ${animal.name}`)}," said ${hero.name}.
  "I ${choose('will', 'can', 'want to')} help you."
  ${choose('', 'Slowly, ', 'With care, ', 'So ')}${hero.name} ${animal.help}.
  The ${coat.name} ${animal.name} ${choose(animal.joy, say`was ${glad}`, say`was ${glad} and ${animal.joy}`)}.
  ${choose(
    say`"${choose('Now you are safe', 'You are my friend now', 'You are welcome')}," said ${hero.name}.`,
    say`${hero.name} ${choose('smiled', 'laughed', say`waved to the ${animal.name}`)}.`,
  )}
  ${choose(
    say`After that, the ${coat.name} ${animal.name} ${choose('came to see', 'waited for')} ${hero.name} every
      ${choose('day', 'morning', 'evening')}.`,
    say`${hero.name} and the ${coat.name} ${animal.name} ${choose('were', 'became')} ${choose('good', 'best')} friends.`,
    moral(
      say`it is good to ${choose('help', 'be kind')}`,
      say`${choose('helped', 'took care of', 'looked after')} animals`,
    ),
  )}${farewell({ companion: hisParent, dream: say`the ${coat.name} ${animal.name}` })}`;

export const tryAgain: Node = say`
  ${draw(skill, parent)}
  ${begin({
    background: say`${hero.He} wanted to ${choose('', 'learn how to ', 'learn to ')}${skill.name}.`,
    event: say`tried to ${skill.name}${choose('', ' for the first time', say` with ${hisParent}`)}.`,
  })}
  ${choose('It was not easy', 'It was very hard', 'But it was hard', 'But it was not easy')}. ${Hero} ${skill.wrong}.
  ${choose(
    heroIsSad,
    say`"I ${choose('can not', 'will never')} ${skill.name}!" ${hero.he} ${choose('said', 'cried')}.`,
  )}
  ${paragraph}
  ${HisParent} ${choose('said', 'smiled and said')}, "${choose('Do not give up', 'Try again', 'You can do it')}.
  ${skill.tip}."
  So ${hero.name} tried again${choose(
    say`. ${choose('The next time', 'This time')}, ${hero.he} ${skill.wrong} again.`,
    ' and again.',
    say` ${choose('every day', 'all day', 'the next day', 'for a week')}.`,
  )}
  ${choose('At last', 'In the end', 'Then', 'And then')}, ${hero.he} ${skill.right}!
  "${choose('Look', 'I did it', 'I can do it', 'See what I did')}, ${parent.Name}!"
  ${choose('said', 'shouted', 'cried')} ${hero.name}. ${choose(
    say`${HisParent} ${choose('clapped', 'smiled', say`gave ${hero.him} a ${choose('hug', 'big hug', 'kiss')}`)}.`,
    say`${hero.name} was ${proud}.`,
  )}
  ${moral(
    say`it is good to ${choose('keep trying', 'try again')}`,
    say`tried again when ${choose('something', 'things')} went wrong`,
  )}${farewell({ companion: hisParent, dream: say`the big day` })}`;

export const rainyDay: Node = say`
  ${draw(place, friend, game, parent)}
  ${begin({
    day: choose('One day', 'One morning', 'One Sunday', 'One Saturday', 'One afternoon'),
    background: say`${hero.He} ${loved} to ${choose('play', 'run', 'walk')} ${place.at}.`,
    event: say`wanted to go to ${place.the} with ${friend.name}.`,
  })}
  But ${choose('dark clouds came, and ', 'then ', 'soon ')}it ${choose('started', 'began')} to rain.
  "${choose('Oh no', 'Look at the rain', 'It is wet outside')}," said ${choose(hero.name, friend.name)}.
  "${choose('Now we can not', 'We can not', 'I wanted to')} go to ${place.the}."${maybe(say`They were ${sad}.`)}
  ${paragraph}
  ${HisParent} ${choose('smiled', 'had an idea', 'came in')}. "${choose('Let us', 'You can', 'Come and')} ${game.name}
  ${choose('at home', 'inside', 'here')}," ${parent.he} said.
  So ${hero.name} and ${friend.name} ${game.did}${choose('', ' and laughed', ' together', say` with ${hisParent}`)}.
  ${choose(
    say`"This is ${choose('', 'so much ', 'a lot of ', 'great ')}fun!" said ${choose(hero.name, friend.name)}.`,
    depending(game.kind, {
      sweet: choose('The house smelled so good.', 'They ate a lot.', 'What a sweet day!'),
      work: choose('They worked hard.', 'They were very proud.', 'They did it very well.'),
      play: choose('Time went by fast.', 'They forgot the rain.', 'They sat in the warm kitchen.'),
    }),
  )}
  ${choose('Soon', 'Then', 'After lunch', 'At last')}, the ${choose('rain stopped', 'sun came out')}.
  ${choose(
    say`${choose('There was', 'They saw')} a ${choose('rainbow', 'big rainbow')} in the sky.`,
    say`They ${choose('ran', 'went')} ${choose('out', 'outside')} and ${choose('jumped', 'danced')} in the puddles.`,
    say`They went to ${place.the} and played${choose('', ' there')}${choose('', ' until dinner')}.`,
  )}
  ${moral(
    say`a rainy day can be ${choose('fun', 'good', 'nice')}`,
    say`${choose('smiled', 'sang', 'laughed')} when it rained`,
  )}${farewell({ companion: friend.name, dream: choose('the rain', place.the) })}`;

export const afraidOfTheDark: Node = say`
  ${draw(look, comfort, noise, parent)}
  ${begin({
    day: choose('One night', 'Late one night', 'One dark night', 'One cold night', 'One windy night'),
    background: say`${hero.He} was ${choose('afraid', 'scared')} of the ${choose('dark', 'night')}.`,
    event: say`was in bed with ${hero.his} ${look.name} ${comfort.name}.`,
  })}
  "${noise.sound}!" ${choose(
    say`${Hero} heard a ${choose('', 'strange ', 'loud ', 'soft ')}noise.`,
    say`There was a ${choose('', 'strange ', 'loud ', 'soft ')}noise in the dark.`,
  )}
  ${choose(
    say`${Hero} held the ${comfort.name} ${choose('tight', 'close', 'with both arms')}.`,
    say`"${choose('Is it a monster', 'Who is there', 'What is that', 'Is it a ghost')}?" ${hero.he} asked.`,
  )}
  "${choose('Please come', 'Come here', 'I am scared', 'Help me')}, ${parent.Name}!" ${choose(hero.he, hero.name)}
  ${choose('said', 'cried', 'called', 'shouted')}.
  ${paragraph}
  ${HisParent} came ${choose('in', 'fast', 'at once')} with a ${choose('lamp', 'light', 'candle')}.
  It was ${noise.was}!
  "${choose('See', 'Look', 'Do not worry')}, it is only the ${noise.name}," said ${hisParent}.
  ${choose(
    say`${hero.name} ${choose('laughed', 'smiled', say`was ${glad}`)}.`,
    say`${HisParent} gave ${hero.him} a ${choose('', 'big ')}${choose('hug', 'kiss')}.`,
    say`There was no ${choose('monster', 'ghost')} at all.`,
  )}
  ${hero.name} hugged the ${look.name} ${comfort.name} and ${choose('went to sleep', 'fell asleep', 'slept well')}.
  After that${choose('', ' night')}, ${hero.name} was not ${choose('afraid', 'scared')} of ${choose(
    'the dark',
    say`the ${noise.name}`,
  )} ${choose('any more', 'again')}.`;

export const seed: Node = say`
  ${draw(plant, parent)}
  ${begin({
    background: say`${hero.He} ${loved} to ${choose('play', 'dig', 'work', 'sit')} in the garden.`,
    event: say`got a ${choose('seed', 'little seed', 'brown seed', 'round seed')} from ${hisParent}.`,
  })}
  "What ${choose('will it be', 'is in it', 'can I do with it')}?" ${hero.he} asked.
  ${hero.name} put the seed in the ${choose('ground', 'garden')} and gave it ${choose('', 'some ', 'a lot of ')}water.
  The next ${choose('day', 'morning', 'week')}, nothing was there.${maybe(heroIsSad)}
  ${paragraph}
  ${choose(
    'But ',
    say`${HisParent} said, "${choose('A seed needs time', 'Do not give up', 'Wait and see', 'Do not worry')}." So `,
  )}${hero.name} ${choose('gave it water', 'took care of it', 'sang to it', 'looked at it')}
  every ${choose('day', 'morning', 'evening')}.
  ${choose('At last', 'Then one day', 'In the spring')}, a
  ${choose('', 'little ', 'tiny ')}${choose('', 'green ')}leaf came up.
  It grew ${choose('and grew', 'bigger and bigger', 'a little every day', 'tall and strong')}.
  It was ${plant.a} ${plant.name}!
  "${choose('Look at', 'Come and see', 'I love')} my ${plant.name}, ${parent.Name}!"
  ${hero.name} ${choose('said', 'shouted', 'cried')}.
  ${choose(
    say`${hero.He} ${choose('was', 'felt')} ${proud}.`,
    say`${HisParent} ${choose('clapped', 'smiled', 'was proud')}.`,
  )}
  ${moral(
    say`${choose('good things take', 'a seed needs')} time`,
    say`${choose('took good care of', 'gave water to')} the ${plant.name}`,
  )}${farewell({ companion: hisParent, dream: say`the ${plant.name}` })}`;

export const truth: Node = say`
  ${draw(look, treasure, parent)}
  ${begin({
    background: say`${hero.He} ${loved} to ${choose('run', 'sing', 'laugh')} and ${choose('play', 'jump', 'dance')}.`,
    event: say`was ${choose('running', 'playing', 'jumping', 'dancing')} in the ${choose('house', 'kitchen', 'living room')}.`,
  })}
  ${choose('Crash!', 'Oh no!', 'Bang!')} The ${look.name} ${treasure.name} fell
  ${choose('down', 'on the floor', 'off the table')}
  and broke.${maybe(
    choose(
      say`It was the best ${treasure.name} in the house.`,
      say`${HisParent} loved this ${treasure.name}.`,
    ),
  )}
  ${Hero} was ${choose('afraid', 'scared', sad)} and wanted to ${choose('hide', 'run away', 'hide under the bed')}.
  ${paragraph}
  But ${hero.name} ${choose('', 'took a deep breath and ', 'was brave and ', 'knew that was wrong and ')}${choose(
    'went',
    'walked',
    'ran',
  )} to ${hisParent}.
  "I am ${choose('sorry', 'so sorry')}, ${parent.Name}. I broke ${choose('your', 'the')} ${look.name} ${treasure.name}."
  ${HisParent} ${choose('was not mad', 'smiled', say`gave ${hero.him} a ${choose('hug', 'big hug', 'kiss')}`)}.
  "${choose('Thank you for telling the truth', 'I am glad you told me', 'It is good that you told me')},"
  ${parent.he} said.
  ${choose('Then', 'Together,')} they ${choose('picked up the pieces', 'cleaned the floor', 'went to buy a new one')}.
  ${moral(
    say`it is ${choose('good', 'best', 'right')} to tell the truth`,
    say`${choose('told the truth', 'walked in the house', 'played outside')}`,
  )}${farewell({ companion: hisParent, dream: say`the ${look.name} ${treasure.name}` })}`;
