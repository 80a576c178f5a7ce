#!/usr/bin/env python3
"""Looks for what g++ 12 compiles wrongly in coroutines, and for coroutines that nobody joins.

In a full-expression with `co_await`, g++ 12 destroys twice every temporary made by aggregate initialisation, the closure
of a lambda with captures by value included: a double free that -O2 may hide. The rule is: name it, then move it.

    auto work = [job] { return job->next(); };          // not: co_await pool.run([job] { ... });
    co_await pool.run(std::move(work));

    coroutine_prvalues.py [ROOT]       exit 1 and one line for each find
    coroutine_prvalues.py --self-test  shows that it can fail
A class whose constructor makes it safe may stand in braces where the line ends with `// prvalue: WHY`.
"""

import pathlib
import re
import sys

CAPTURE = re.compile(r"\[\s*(?![&\]]\s*\]|\])[^\[\]]*\]\s*(?:\([^()]*\)|mutable|noexcept|->|\{)")
BY_REFERENCE = re.compile(r"\[\s*&[\w\s,&]*\]")
AGGREGATE = re.compile(r"(?<![\w.>])(?!(?:if|while|for|switch|return|co_return|else|do|try)\b)([A-Za-z_][\w:]*)(?:<[^<>;{}]*>)?\s*\{")
BRACED_ARGUMENT = re.compile(r"[(,]\s*\{")
# Numbers in braces are not aggregates.
SCALAR = re.compile(r"(?:std::)?(?:size_t|ptrdiff_t|u?int\d+_t|int|unsigned|long|char|bool|double)$")
DETACHED = re.compile(r"\bdetached\b")


def blank(match: re.Match) -> str:
    """Comments and literals become spaces, so that offsets and line numbers stay."""
    return re.sub(r"[^\n]", " ", match[0])


def stripped(text: str) -> str:
    pattern = r'R"\((?:.|\n)*?\)"|//[^\n]*|/\*(?:.|\n)*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\''
    return re.sub(pattern, blank, text)


def is_body(text: str, brace: int) -> bool:
    """Whether the brace at this offset opens a body (function, lambda, control flow) and not an initialiser.

    A body follows `)`, `]`, `else`, `do`, `try`, `const`, `noexcept`, `mutable`, a trailing return type, or a name after
    namespace, struct, class, enum or union."""
    before = text[:brace].rstrip()
    if not before or before[-1] in ")];}{":
        return True
    line = re.split(r"[;{}]", before)[-1]
    if re.search(r"\b(namespace|struct|class|enum|union|extern)\b", line):
        return True
    if re.search(r"\b(else|do|try|const|noexcept|mutable|override|final)$", before):
        return True
    return re.search(r"\)[^;{}()]*->\s*[\w:<>,\s*&]+$", before) is not None


def statements(text: str):
    """(offset, statement): split at `;` and at the braces of bodies, but never inside parentheses."""
    start, depth, kinds = 0, 0, []
    for i, char in enumerate(text):
        if char == "(":
            depth += 1
        elif char == ")":
            depth -= 1
        elif char == "{":
            body = is_body(text, i) and depth == 0
            kinds.append((body, depth))
            if body:
                yield start, text[start:i]
                start = i + 1
        elif char == "}" and kinds:
            body, depth_there = kinds.pop()
            depth = depth_there
            if body:
                yield start, text[start:i]
                start = i + 1
        elif char == ";" and depth == 0 and all(body for body, _ in kinds):
            yield start, text[start:i]
            start = i + 1
    yield start, text[start:]


def without_nested_bodies(statement: str) -> str:
    """A lambda's body is statements of its own; blank it. What is left is the full-expression."""
    out, stack = list(statement), []
    for i, char in enumerate(statement):
        if char == "{":
            stack.append((i, is_body(statement, i)))
        elif char == "}" and stack:
            begin, body = stack.pop()
            if body:
                for j in range(begin + 1, i):
                    if out[j] != "\n":
                        out[j] = " "
    return "".join(out)


def finds_in(statement: str):
    """(offset, what) for every trap in one full-expression that awaits."""
    expression = without_nested_bodies(statement)
    if not re.search(r"\bco_await\b", expression):
        return
    for match in CAPTURE.finditer(expression):
        before = expression[:match.start()].rstrip()
        is_index = before and (before[-1].isalnum() or before[-1] in "_)]")
        is_attribute = match[0].startswith("[[")
        if not is_index and not is_attribute and not BY_REFERENCE.match(match[0]):
            yield match.start(), "a lambda with captures in an expression that awaits"
    for match in AGGREGATE.finditer(expression):
        brace = match.end() - 1
        if SCALAR.match(match[1]):
            continue
        declares = re.search(r"(?:^|[\s>&*])(?:auto|const|[\w:]+>?)\s+$", expression[:match.start()])
        if declares and not re.search(r"\b(?:return|co_return|co_await|co_yield|throw)\s+$", expression[:match.start()]):
            if "co_await" not in expression[brace:]:
                continue
        if not is_body(expression, brace):
            yield match.start(), f"a temporary {match[1]}{{}} in an expression that awaits"
    for match in BRACED_ARGUMENT.finditer(expression):
        yield match.start(), "a braced argument in an expression that awaits"


def inner_statements(text: str, offset: int = 0):
    """All statements, those in the bodies of lambdas inside parentheses included."""
    for start, statement in statements(text):
        yield offset + start, statement
        stack = []
        for i, char in enumerate(statement):
            if char == "{":
                stack.append((i, is_body(statement, i)))
            elif char == "}" and stack:
                begin, body = stack.pop()
                if body and not any(outer for _, outer in stack):
                    yield from inner_statements(statement[begin + 1:i], offset + start + begin + 1)


def complaints(text: str, name: str) -> list[str]:
    code = stripped(text)
    lines = text.splitlines()
    found = set()
    for start, statement in inner_statements(code):
        for offset, what in finds_in(statement):
            found.add((code.count("\n", 0, start + offset) + 1, what))
    for match in DETACHED.finditer(code):
        found.add((code.count("\n", 0, match.start()) + 1, "detached: nobody joins it and its exceptions vanish"))
    return [f"{name}:{number}: {what}" for number, what in sorted(found) if "// prvalue:" not in lines[number - 1]]


BROKEN = [
    "co_await db.run([jobs, now] { return jobs->claim(now); });",
    "co_await db.run([jobs = std::move(jobs)]() mutable { return 1; });",
    "co_await db.run([=] { return 1; });",
    "co_await db.run([this] { return 1; });",
    "auto x = co_await engine.create(ContainerSpec{.image = image});",
    "co_await f({a, b});",
    "co_await f(x, {});",
    "auto const got = co_await f(docker::Filter{});",
    "co_await f(std::optional<Agg>{});",
    "if (auto r = co_await f(Agg{1}); !r) co_return r.error();",
    "Agg a{co_await x(), 2};",
    "co_return Agg{co_await x(), 2};",
    "auto body = [&]() -> awaitable<void> { co_await g(Agg{}); };",
    "tasks.spawn([this]() -> awaitable<void> { co_await g([x] { return x; }); });",
    "asio::co_spawn(io, job(), asio::detached);",
    "for (;;) { co_await f(\n    Agg{1}); }",
]
FINE = [
    "auto work = [jobs] { return jobs->claim(); }; co_await db.run(std::move(work));",
    "co_await db.run([&] { return 1; });",
    "co_await db.run([&spec] { return spec; });",
    "co_await db.run([] { return 1; });",
    "co_return Agg{1, 2};",
    "Agg a{1, 2}; co_await f(std::move(a));",
    "tasks.spawn([this] { return loop(); }); co_await tasks.join();",
    "auto body = [this](aio::TaskGroup& tasks) -> awaitable<void> { co_await tasks.join(); };",
    "while (x) { co_await f(); }",
    "if (co_await f()) { g(Agg{1}); }",
    "if (co_await f()) { auto l = [a] { return a; }; }",
    "co_await f(values[index]);",
    "co_await f(\"[x] {\");  // co_await f({a})",
    "struct A { int x{1}; awaitable<void> go() { co_await f(); } };",
    "awaitable<int> f(Agg a) noexcept { co_return co_await g(a); }",
    "auto const [error, size] = co_await s.async_read(buffer, token);",
    "[[maybe_unused]] auto x = co_await f();",
    "co_await f(std::size_t{1} << 20);",
]


def self_test() -> None:
    for code in BROKEN:
        assert complaints("awaitable<void> t() {\n" + code + "\n}\n", "x"), f"not found: {code}"
    for code in FINE:
        found = complaints("awaitable<void> t() {\n" + code + "\n}\n", "x")
        assert not found, f"falsely found: {code}: {found}"


def main() -> int:
    if "--self-test" in sys.argv:
        self_test()
        return 0
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parents[2])
    paths = [path for parent in ("lib", "daemon", "tests") for path in sorted((root / parent).rglob("*.[ch]pp"))]
    found = [line for path in paths for line in complaints(path.read_text(encoding="utf-8"), str(path.relative_to(root)))]
    if not paths:
        found = [f"{root}: no sources found"]
    print("\n".join(found) or f"no coroutine trap in {len(paths)} files")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
