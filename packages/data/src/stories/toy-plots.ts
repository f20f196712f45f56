/** Plots about a toy: it is lost, wished for, shared, or broken. */
import { choose, draw, maybe, type Node, paragraph, say } from './grammar';
import { friend, hero, parent } from './people';
import {
  aToy,
  begin,
  farewell,
  glad,
  Hero,
  HisParent,
  heroIsGlad,
  heroIsSad,
  hisParent,
  hisToy,
  loved,
  lovesToy,
  moral,
  playsAgain,
  proud,
  sad,
  thanksParent,
  theToy,
} from './phrases';
import { chore, look, otherSpot, spot, toy } from './things';

export const lostAndFound: Node = say`
  ${draw(toy, look, parent, spot, otherSpot)}
  ${begin({
    background: lovesToy,
    event: choose(
      say`could not find ${hisToy}${choose('', ' in the house')}.`,
      say`wanted to ${toy.use} ${hisToy}, but it was ${choose('gone', 'lost')}.`,
      say`looked for ${hisToy}, but ${choose('it was not there', say`${hero.he} could not find it`)}.`,
    ),
  })}
  "${choose('Where is my', 'Who took my', 'Who has seen my')} ${toy.name}?" ${hero.he}
  ${choose('asked', 'said', 'cried')}.${maybe(heroIsSad)}
  ${paragraph}
  ${HisParent} said, "${choose('Do not worry', 'Do not cry', 'Do not be sad')}.
  ${choose('I will help you', 'Let us look for it', 'We will find it', 'It can not be far')}."
  ${choose('They', 'First, they')} looked ${spot.name},
  but ${choose(say`${theToy} was not there`, 'nothing was there')}.
  Then ${choose('they', hisParent, hero.name)} looked ${otherSpot.name}.
  ${choose('There it was!', say`There was ${theToy}!`, say`"Here is your ${toy.name}!" said ${hisParent}.`)}
  ${choose(heroIsGlad, thanksParent)}
  ${choose(
    playsAgain,
    moral(
      say`it is good to ${choose('ask for help', 'keep things in place')}`,
      say`put ${hisToy} ${choose('back in its place', otherSpot.name, 'by the bed')}`,
    ),
  )}${farewell({ companion: hisParent, dream: theToy })}`;

export const wish: Node = say`
  ${draw(toy, look, parent, chore)}
  ${begin({
    background: say`${hero.He} ${loved} to look at the ${choose('stars', 'moon', 'night sky')}.`,
    event: say`saw ${aToy} in a ${choose('shop', 'window', 'big shop', 'little shop')}.`,
  })}
  ${Hero} wanted ${choose('it', 'to have it', say`the ${toy.name}`)}${choose('', ' so much', ' very much')},
  but ${hero.he} had no ${choose('money', 'coins')}.
  That night, ${hero.name} saw a ${choose('bright', 'big', 'falling', 'little', 'white')} star.
  "I wish ${choose('for', 'I had')} ${aToy}," ${hero.he} ${choose('said', 'whispered')}.
  ${paragraph}
  The next ${choose('day', 'morning')}, ${hisParent} ${choose('asked', 'said')},
  "Can you help me ${chore.name}?"
  ${choose(say`"Yes${choose('', ', I can', say`, ${parent.Name}`)}!" said ${hero.name}. ${hero.He}`, hero.name)}
  ${chore.did} ${choose('with a smile', 'with care', 'very well', 'with a song')}.
  ${choose(
    say`"${choose('You are a good helper', 'You are so kind', 'I heard your wish')}," said ${hisParent}. ${parent.He}`,
    say`Then ${hisParent}`,
    say`${HisParent} was ${proud} and`,
  )} gave ${hero.name} a ${choose('box', 'big box', 'bag', 'basket')}. In it was ${theToy}!
  ${choose(say`"My wish came true!" ${choose('said', 'cried', 'shouted')} ${hero.name}.`, thanksParent, heroIsGlad)}
  ${choose(
    playsAgain,
    moral(say`it is good to ${choose('help', 'be kind')}`, say`helped ${hisParent}${choose('', ' at home')}`),
  )}${farewell({ companion: hisParent, dream: choose(theToy, 'the star') })}`;

export const sharing: Node = say`
  ${draw(toy, look, friend)}
  ${begin({ background: lovesToy, event: say`was ${toy.using} ${hisToy} ${toy.at}.` })}
  ${choose('Then', 'Soon')} ${friend.name} ${choose('came by', 'came to play', say`came and saw ${theToy}`)}.
  "Can I ${toy.use} your ${toy.name}${choose('', ' too', ', please')}?"
  ${choose('asked', 'said')} ${friend.name}.
  "${choose('No', 'No, no', 'Go away')}! It is ${choose('mine', say`my ${toy.name}`, 'not yours')}!"
  said ${hero.name}.
  ${friend.name} ${choose('was', 'felt')} ${sad} and ${choose('walked', 'turned', 'went', 'ran')} away.
  ${paragraph}
  ${choose(
    say`${hero.name} ${choose('saw this', say`thought about ${friend.name}`)} and felt
      ${choose('bad', 'sad', 'very bad')}.`,
    say`${choose('But', 'Now')} it was no fun to ${toy.use} ${theToy}${choose('', ' alone')}.`,
  )}
  ${hero.name} ${choose('ran', 'went')} to ${friend.name} and said, "I am sorry.
  You can ${toy.use} ${choose('it', say`my ${toy.name}`)} ${choose('too', 'now', 'first')}."
  ${choose(
    say`${friend.name} ${choose('smiled', 'laughed', say`was ${glad}`)}.`,
    say`"Thank you, ${hero.name}${choose('!" said', '," said')} ${friend.name}.`,
  )}
  They took turns with ${theToy} ${choose('all day', 'all afternoon', 'until it was dark', 'until dinner')}.
  ${moral(
    say`it is ${choose('good', 'fun', 'nice', 'kind')} to share`,
    say`shared ${hisToy}${choose('', say` with ${friend.name}`)}`,
  )}${farewell({ companion: friend.name, dream: theToy })}`;

export const broken: Node = say`
  ${draw(toy, look, parent)}
  ${begin({ background: lovesToy, event: say`was ${toy.using} ${hisToy} ${toy.at}.` })}
  ${choose('But then', 'Oh no! Then', 'But soon', 'Then')} ${toy.broke}.
  "${choose(say`My ${toy.name} is broken`, say`I broke my ${toy.name}`, say`My poor ${toy.name}`)}!" ${hero.he}
  ${choose('said', 'cried')}.${maybe(heroIsSad)}
  ${paragraph}
  ${hero.name} ${choose('took', 'brought', 'carried')} ${theToy} to ${hisParent}.
  "Can you fix ${choose('it', 'this', say`my ${toy.name}`)}${choose('', ', please', say`, ${parent.Name}`)}?"
  ${hero.he} asked.
  "${choose('Yes, I can', 'Let me see', 'Let us try', 'I think so')}," said ${hisParent}.
  ${choose('Slowly', 'With care', 'Then', 'After lunch')}, ${parent.he} ${toy.mended}.
  ${choose('Soon', 'Now', 'At last,')} ${theToy} was ${choose('whole', 'good', 'fine')} again.
  ${choose(heroIsGlad, thanksParent)}
  ${choose(
    playsAgain,
    moral(
      say`${choose('broken things', say`a broken ${toy.name}`)} can be fixed`,
      say`${choose('took good care of', 'looked after')} ${hisToy}`,
    ),
  )}${farewell({ companion: hisParent, dream: theToy })}`;
