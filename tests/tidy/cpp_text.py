"""Just enough C++ reading for the checks: comments and literals blanked, functions measured."""

import re

_TOKEN = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|(?<![A-Za-z0-9_])(?:u8|[uUL])?R"(?P<delim>[^()\\\s]{0,16})\(.*?\)(?P=delim)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.S)


def blank(text, keep_strings):
    """The text with comments (and, unless kept, literals) replaced by spaces, lines preserved."""

    def replace(match):
        token = match.group(0)
        if keep_strings and not token.startswith(('//', '/*')):
            return token
        return re.sub(r'[^\n]', ' ', token)

    return _TOKEN.sub(replace, text)


def comments(text):
    """(line, comment) of every comment."""
    for match in _TOKEN.finditer(text):
        if match.group(0).startswith(('//', '/*')):
            yield text.count('\n', 0, match.start()) + 1, match.group(0)


def _opens_function(head):
    """Does the text before an opening brace, outside any function, head a function?"""
    if re.search(r'\bnamespace\b|\bextern\s*"?\s*"?\s*$', head):
        return False
    if re.match(r'\s*(template\s*<[^{]*>\s*)?(typedef\s+)?(class|struct|union|enum)\b', head):
        return bool(re.search(r'\)\s*(const|noexcept|override|final|\s)*$', head))
    return ')' in head


def functions(text):
    """(first line, lines) of every function, by following braces."""
    for line, head, body in function_texts(text):
        yield line, head.count('\n') + body.count('\n') + 1


def function_texts(text):
    """(first line, head, body) of every function, literals and comments blanked."""
    code = re.sub(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', lambda m: re.sub(r'[^\n]', ' ', m.group(0)),
                  blank(text, keep_strings=False), flags=re.M)
    stack, start = [], 0
    for match in re.finditer(r'[{};]', code):
        at = match.start()
        inside = any(kind for kind, _, _ in stack)
        if match.group(0) == '{':
            head = code[start:at]
            first = start + len(head) - len(head.lstrip())
            stack.append((not inside and _opens_function(head), first, at))
        elif match.group(0) == '}' and stack:
            is_function, first, opened = stack.pop()
            if is_function:
                yield code.count('\n', 0, first) + 1, code[first:opened], code[opened:at + 1]
        if not inside or match.group(0) == '}':
            start = at + 1
