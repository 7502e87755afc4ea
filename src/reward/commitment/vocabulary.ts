/** The words by which a text commits itself to an answer, takes one back, or weighs several. */
const set = (words: string): ReadonlySet<string> => new Set(words.split(' '))

/** "The answer is …", "答案：…". */
export const answerNouns = set(
  'answer answers ans solution result conclusion verdict 答案 答 回答 正解 答え 정답 답 答案是 respuesta réponse antwort risposta resposta ответ',
)
/** "Option B": names one without choosing it, unless "correct" stands before or "is" behind. */
export const optionNouns = set('option choice letter alternative candidate 选项 選項 選択肢 보기')
/** Their plurals, which list options unless they are called right: "the correct options are A and C". */
export const optionPlurals = set('options choices letters alternatives candidates')
/** "So B." */
export const concluding = set('so therefore thus hence consequently 所以 因此 故')
/** "I choose B". */
export const choosing = set(
  'choose chose choosing pick picked picking select selected selecting selects opt opting guess leaves leaving lean leaning 选 選 选择 選擇 应选 應選 故选 選ぶ',
)
/** What makes a choice of an option's name: "the correct option is B". */
export const rightWords = set(
  'correct right true best accurate answer proper chosen valid 正确 正確 对 對 正しい 맞다 정답',
)
/** What rejects an option that it is said of: "B is wrong". */
export const wrongWords = set(
  'wrong incorrect false untrue impossible invalid inaccurate excluded eliminated rejected unlikely distractor distractors 错 錯 错误 錯誤 不对 不對 不正确 不正確 排除',
)
/** What rejects an option that follows it: "not B", "rather than B". */
export const rejecting = set(
  "not isn't isnt aren't wasn't weren't never neither nor can't cannot cant couldn't won't wouldn't shouldn't don't doesn't didn't excluding exclude excludes eliminate eliminates eliminating reject rejects rejecting except without unlike 不是 不选 不選 不 非 而不是 排除 除了 并非 不应 不能",
)
/** Two words that reject together. */
export const rejectingPairs = set(
  'anything.but everything.but all.but rather.than instead.of other.than rule.out rules.out ruled.out ruling.out apart.from',
)
/** What dismisses an option where another one is chosen: "I considered A". */
export const dismissing = set('considered consider considering tempting tempted initially thought')
/** What may stand between a cue and what is chosen: "the answer must therefore be option B". */
export const linking = set(
  "think believe guess say course is are was were be been would will should must may might could can has have had to the a an as in it's that's this that it its his her my our your i'm i'd i'll i we you he she they go going with for on toward towards only just exactly about around approximately roughly most likely probably possibly perhaps maybe clearly definitely certainly surely obviously evidently actually indeed simply therefore thus hence so then final correct right best true here following given by of number option choice letter answer number value equal equals equal 是 为 為 应 應 该 該 应该 應該 就 就是 应为 应是 最 最终 可能 的 は が を 은 는 이 约 大约 大概 一共 共 有 共有 总共 了",
)
/** Verbs and conjunctions that may follow a letter in prose without making a name of it: "B is", "B because". */
export const following = set(
  "is isn't was wasn't are aren't were has had does doesn't do can can't cannot could couldn't will would must should seems looks appears shows says fits matches describes and or but because since as so for which that not nor vs versus while whereas therefore thus hence then if when with if though although however instead rather the it both too also 是 不 不是 对 對 错 錯 正确 错误 正確 錯誤 不对 不正确 和 或 或者 还是 以及 选项 選項 项 項 選 因为 所以 です だ 입니다 이다 가 이 은 는 번 吧 呢 了 と や 。",
)
/** What may stand before a letter in prose without making a name of it. */
export const preceding = set(
  'and or but so either neither both nor than between say says saying think believe guess suspect feel rather be also even still out from like',
)
/** Both before and behind: a reason or a contrast, which may mention other options. */
export const reasons = set(
  'because since while whereas unlike though although note explanation reasoning 因为 由于 因為 由於',
)
/** What takes an earlier choice back. */
export const correcting = set(
  'wait actually no sorry correction hmm but however instead rather scratch oops mistake reconsider reconsidering changed revised 不对 不 更正 但 但是 抱歉',
)
/** Sets options side by side of which one is meant. */
export const alternatives = set('or either vs versus between 或 或者 还是 還是 または か 또는 slash')
/** Sets options side by side that are all meant. */
export const together = set('and & both 和 及 以及 与 跟 と そして 그리고 와 과 plus')
/** Doubt, which changes nothing about what is named. */
export const hedging = set('maybe perhaps possibly probably likely also even option choice possibly 可能 也许 either')
/** What may stand between an option and what is said of it: "A is clearly the wrong …". */
export const saying = set(
  'do does did is was are were be been being seems looks appears can could would will must should has have clearly definitely certainly obviously also both all the a an is most common plausible tempting likely therefore thus hence surely probably just simply only one option choice 选项 項 项 是 很 明显 显然 也 都 的 item',
)
/** Verbs that deny what follows them, said of an option: "B isn't", "B cannot be". */
export const denying = set(
  "doesn't don't didn't doesnt dont isn't aren't wasn't cannot can't couldn't not never 不是 不",
)
/** Words for what was just named. */
export const pronouns = set('it that this which one 它 这 这个')

/** All words of scripts without spaces that the lists hold. */
export const ideographicWords: readonly string[] = [
  ...new Set(
    [
      answerNouns,
      optionNouns,
      concluding,
      choosing,
      rightWords,
      wrongWords,
      rejecting,
      linking,
      following,
      reasons,
      correcting,
      alternatives,
      together,
      hedging,
      saying,
      pronouns,
    ].flatMap(words => [...words]),
  ),
  '百分之',
  '分之',
  '以上',
  '以下',
  '以内',
  '超过',
  '至少',
  '至多',
  '不到',
  '等于',
  '一起',
  '一样',
  '一直',
  '一定',
  '一般',
].filter(word => /[^\p{ASCII}\p{Script=Latin}\p{Script=Cyrillic}]/u.test(word) && word.length > 1)
