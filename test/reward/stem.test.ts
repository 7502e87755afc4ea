import { describe, expect, test } from 'vitest'
import { stem } from '../../src/reward/stem.ts'

/** The examples of Porter's paper ("An algorithm for suffix stripping", 1980) step by step, each taken to the end, and NLTK's additions. */
const examples: Readonly<Record<string, string>> = {
  '1a': 'caresses:caress ponies:poni ties:tie caress:caress cats:cat flies:fli dies:die lies:lie mass:mass bus:bu',
  '1b': 'feed:feed agreed:agre plastered:plaster bled:bled motoring:motor sing:sing conflated:conflat troubled:troubl sized:size hopping:hop tanned:tan falling:fall hissing:hiss fizzed:fizz failing:fail filing:file denied:deni died:die tied:tie cried:cri seed:seed freed:freed snowed:snow boxing:box playing:play added:ad owing:owe crying:cri trying:tri wiping:wipe tanked:tank guaranteed:guarante activated:activ agreeing:agre slamming:slam',
  '1c': 'happy:happi sky:sky by:by say:say enjoy:enjoy cry:cri buy:buy syzygy:syzygi fly:fli',
  '2': 'relational:relat conditional:condit rational:ration valenci:valenc hesitanci:hesit digitizer:digit conformabli:conform radicalli:radic differentli:differ vileli:vile analogousli:analog vietnamization:vietnam predication:predic operator:oper feudalism:feudal decisiveness:decis hopefulness:hope callousness:callous formaliti:formal sensitiviti:sensit sensibiliti:sensibl analogi:analog geologi:geolog logi:logi carefulli:care fulli:fulli occasionalli:occasion conditionally:condit',
  '3': 'triplicate:triplic formative:form formalize:formal electriciti:electr electrical:electr hopeful:hope goodness:good',
  '4': 'revival:reviv allowance:allow inference:infer airliner:airlin gyroscopic:gyroscop adjustable:adjust defensible:defens irritant:irrit replacement:replac adjustment:adjust dependent:depend adoption:adopt decision:decis homologou:homolog communism:commun activate:activ angulariti:angular homologous:homolog effective:effect bowdlerize:bowdler opinion:opinion tatterdemalion:tatterdemalion',
  '5': 'probate:probat rate:rate cease:ceas controll:control roll:roll note:note trouble:troubl fare:fare free:free',
  irregular:
    'sky:sky skies:sky dying:die lying:lie tying:tie news:news innings:inning inning:inning outings:outing outing:outing cannings:canning canning:canning howe:howe proceed:proceed exceed:exceed succeed:succeed',
  short: 'a:a is:is as:as ys:ys the:the',
}

describe.each(Object.entries(examples))('step %s', (_, pairs) => {
  test.each(pairs.split(' ').map(pair => pair.split(':') as [string, string]))('%s becomes %s', (word, wanted) => {
    expect(stem(word)).toBe(wanted)
  })
})
