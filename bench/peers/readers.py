"""The peers of `npm run bench -- readers`: the same steps with the same checks in Python, one process, one thread.

usage: python readers.py read-array|read-lines|pipeline PATH [OUT]   (ijson with its yajl2_c backend for arrays; else nothing)
Prints one JSON line: {"count", "seconds" (processor time), "megabytes" (peak of resident memory), "peer"}.
Rewards are those of Video-R1 in their plainest form: ROUGE without a stemmer, which is quicker than the package rouge_score.
"""
import json, re, resource, sys, time

TYPES = {"multiple choice", "numerical", "OCR", "free-form", "regression"}
MEDIA = {"video", "image", "frame"}
KNOWN = {"problem_id", "problem", "data_type", "problem_type", "options", "solution", "path", "data_source", "original_question_type", "start", "end", "fps"}
LABEL = re.compile(r"^\s*(?:\(([A-Z])\)|([A-Z])[.):])(?:\s+|$)")


def text(row, name):
    value = row.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{name}: expected a text that is not empty, found {value!r}")
    return value


def word(row, name, words):
    value = row.get(name)
    if value not in words:
        raise ValueError(f"{name}: expected one of {words}, found {value!r}")
    return value


def label(option):
    found = LABEL.match(option)
    return found and (found[1] or found[2])


def holds(options, answer):
    for place, option in enumerate(options):
        if answer == (label(option) or chr(65 + place)) or answer == option or answer == LABEL.sub("", option).strip():
            return True
    return False


def record(row, seen):
    identifier = row.get("problem_id")
    if isinstance(identifier, int):
        identifier = str(identifier)
    if not isinstance(identifier, str) or not identifier.strip():
        raise ValueError("problem_id: expected a text or a whole number")
    options = row.get("options")
    if options is None:
        options = []
    if not isinstance(options, list) or not all(isinstance(option, str) for option in options):
        raise ValueError("options: expected a list of texts")
    solution = text(row, "solution")
    start = solution.find("<answer>")
    end = -1 if start < 0 else solution.find("</answer>", start)
    answer = "" if end < 0 else solution[start + 8:end].strip()
    if not answer:
        raise ValueError("solution: expected an answer inside its tags")
    made = {
        "id": identifier,
        "problem": text(row, "problem"),
        "problem_type": word(row, "problem_type", TYPES),
        "data_type": word(row, "data_type", MEDIA),
        "options": options,
        "answer": answer,
        "path": text(row, "path"),
        "source": row.get("data_source") or "",
        "extra": {name: value for name, value in row.items() if name not in KNOWN},
    }
    if identifier in seen:
        raise ValueError("this id was there before")
    seen.add(identifier)
    if made["problem_type"] == "multiple choice":
        if not options or not holds(options, answer):
            raise ValueError("the options do not hold the answer")
        if made["problem"].rstrip().endswith(options[-1]):
            raise ValueError("the question holds its options")
    return made


def records(path, form):
    seen = set()
    if form == "array":
        import ijson.backends.yajl2_c as ijson
        with open(path, "rb") as file:
            for row in ijson.items(file, "item", use_float=True):
                yield record(row, seen)
    else:
        with open(path, "rb") as file:
            for line in file:
                yield record(json.loads(line), seen)


def prompt(made):
    question = made["problem"] if not made["options"] else "\n".join([made["problem"], "Options:", *made["options"]])
    steps = [f"Step {i + 1}. Do it.\n<{tag}>...</{tag}>" for i, tag in enumerate(("observation", "think", "answer"))]
    return "\n\n".join([question.replace("<answer>", "&lt;answer&gt;"), "Answer in 3 tagged parts.", *steps, "Write nothing outside the parts."])


def chain(answer):
    return (
        "<observation>Based on the question, I need to notice what is asked for. The clip shows "
        f"{answer} in plain sight.</observation> <think>Based on the observations, step by step, it follows. "
        f"Let me double-check: yes.</think><answer>{answer}</answer>"
    )


FORM = re.compile(r"\s*<observation>(.*?)</observation>\s*<think>(.*?)</think>\s*<answer>(.*?)</answer>\s*", re.S)


def tokens(said):
    return re.sub(r"[^a-z0-9]+", " ", said.lower()).split()


def f_measure(overlap, given, right):
    p, r = overlap / max(given, 1), overlap / max(right, 1)
    return 0.0 if p + r == 0 else 2 * p * r / (p + r)


def grams(words, n):
    counts = {}
    for i in range(len(words) - n + 1):
        gram = tuple(words[i:i + n])
        counts[gram] = counts.get(gram, 0) + 1
    return counts


def rouge(given, right):
    a, b = tokens(given), tokens(right)
    scores = []
    for n in (1, 2):
        one, other = grams(a, n), grams(b, n)
        scores.append(f_measure(sum(min(count, other.get(gram, 0)) for gram, count in one.items()), sum(one.values()), sum(other.values())))
    row = [0] * (len(b) + 1)
    for x in a:
        before = 0
        for j, y in enumerate(b, 1):
            kept = row[j]
            row[j] = before + 1 if x == y else max(row[j], row[j - 1])
            before = kept
    scores.append(f_measure(row[-1], len(a), len(b)))
    return sum(scores) / 3


def word_errors(right, given):
    a, b = right.split(), given.split()
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        before, row[0] = row[0], i
        for j, y in enumerate(b, 1):
            kept = row[j]
            row[j] = min(row[j] + 1, row[j - 1] + 1, before + (x != y))
            before = kept
    return row[-1] / max(1, len(a))


def number(said):
    return float(said.replace(",", ""))


def accuracy(kind, given, right):
    if kind == "multiple choice":
        return float(given.strip() == right.strip())
    if kind == "numerical":
        return 0.0 if ("." in given or "," in given) != ("." in right or "," in right) else float(round(number(given), 2) == round(number(right), 2))
    if kind == "OCR":
        return max(0.0, min(1.0, 1 - word_errors(right, given)))
    if kind == "free-form":
        return max(0.0, min(1.0, rouge(given, right)))
    return 1 - min(1.0, max(0.0, (abs(number(given) - number(right)) + 1e-9) / (abs(number(right)) + 1e-9)))


def pipeline(path, out):
    count = 0
    with open(out, "w", encoding="utf-8") as file:
        for made in records(path, "lines"):
            made["prompt"] = prompt(made)
            written = chain(made["answer"])
            parsed = FORM.fullmatch(written)
            if parsed is None:
                continue
            observation, think, answer = parsed.groups()
            reward = accuracy(made["problem_type"], answer.strip(), made["answer"])
            if reward < 0.6 or made["answer"] not in observation:
                continue
            row = {
                "problem_id": made["id"], "problem": made["problem"], "data_type": made["data_type"], "problem_type": made["problem_type"],
                "options": made["options"], "solution": f"<answer>{made['answer']}</answer>", "path": made["path"], "data_source": made["source"],
                **made["extra"], "observation": observation, "process": think, "output": written, "reward": reward, "annotator": "scripted",
            }
            file.write(json.dumps(row, ensure_ascii=False))
            file.write("\n")
            count += 1
    return count


work, path = sys.argv[1:3]
count = pipeline(path, sys.argv[3]) if work == "pipeline" else sum(1 for _ in records(path, work.removeprefix("read-")))
peer = "ijson, yajl2_c" if work == "read-array" else "json"
megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"count": count, "seconds": time.process_time(), "megabytes": megabytes, "peer": peer}))
