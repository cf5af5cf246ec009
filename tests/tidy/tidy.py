#!/usr/bin/env python3
"""Checks the rules of the house that a compiler does not know.

  tidy.py ROOT         every source file under ROOT; prints path:line: rule: message; exit 1 if any
  tidy.py --self-test  the negative control: every rule must report its bad snippet and no good one

A line may be excused by a comment on it or on the line before, with a reason:
  // tidy: allow(sleep) the kernel offers no event for this
Excuses are counted in the closing line. Python standard library only.
"""

import ast
import os
import re
import sys

import cpp_text
import layers

COLUMNS_MAX = 100
FUNCTION_LINES_MAX = 70

SKIPPED_FOLDERS = {'build', 'node_modules', '__pycache__'}
CPP = ('.cpp', '.h')
NARROW = CPP + ('.proto', '.py', '.sh', '.cmake', '.ts', '.go', 'CMakeLists.txt', '.sql')
READ = NARROW + ('.js',)

# (rule, applies to paths matching, except paths matching, pattern, message); on C++ code without
# comments and literals.
BANNED_CALLS = [
    ('clock', r'', r'^libs/base/clock\.',
     r'\babsl::Now\s*\(|_clock::now\s*\('
     r'|(?<![\w.:>])(?:std::)?time\s*\(\s*(?:nullptr|NULL|0|&\w+)\s*\)'
     r'|\b(?:gettimeofday|clock_gettime|localtime(?:_r)?)\s*\(',
     'only libs/base/clock reads the time'),
    ('environment', r'^(libs|services)/', r'/config\.', r'\b(?:secure_)?getenv\s*\(|\benviron\b',
     'only config.* reads the environment'),
    ('sleep', r'^tests/', r'^$',
     r'\b(?:sleep|usleep|nanosleep|sleep_for|sleep_until|SleepFor)\s*\(', 'tests do not sleep'),
    ('stdout', r'^(libs|services)/', r'^services/(cli|verifier)/|/main\.cpp$',
     r'\bstd::cout\b|(?<!\w)(?:std::)?(?:printf|puts|putchar)\s*\(',
     'libraries and services write no standard output'),
    ('cipher', r'^(libs|services)/', r'^libs/vault/',
     r'\bcrypto_(?:aead|secretbox|secretstream|box)_\w+\s*\('
     r'|\bEVP_(?:Encrypt|Decrypt|Seal|Open)\w+\s*\(',
     'only libs/vault calls a cipher'),
    ('namespace', r'', r'^$', r'\busing\s+namespace\b', 'no using-directives'),
    ('shell', r'^(libs|services)/', r'^libs/rpc/(?:shell|stream)\.h$',
     r'\bDefaultReactor\s*\(|\bpublic\s+grpc::Server\w+Reactor\b'
     r'|\bpublic\s+[\w:]+::(?:Async)?Service\b(?!::)',
     'rpcs are callback methods, admitted by rpc::Unary or rpc::Stream'),
]

# A method of a gRPC service, and what it may return: what Unary or Stream gives, or what a helper
# does that gets the context (and is a method of this kind itself).
CALLBACK_METHOD = re.compile(r'\bgrpc::Server\w+Reactor\b[^;(]*\*.*\bCallbackServerContext\b', re.S)
ADMITTED = re.compile(r'return\s+(?:(?:rpc::)?(?:Unary|Stream)\s*[<(]|[\w:.]+\([^;]*\bcontext\b)')

SQL_PLACES = (r'^libs/(pg|ledger|journal|vault)/|/store/postgres_|/migrations/'
              r'|^services/connector/adapters/sql/|^tests/|^deploy/')
SQL = re.compile(r'"[^"]*\b(?:SELECT\b.+\bFROM\b|INSERT\s+INTO\b|UPDATE\s+\w+\s+SET\b'
                 r'|DELETE\s+FROM\b)', re.S)


def line_of(text, at):
    return text.count('\n', 0, at) + 1


def columns(path, text):
    if not path.endswith(NARROW) or path.startswith('tests/vectors/'):
        return
    for number, line in enumerate(text.split('\n'), 1):
        if len(line) > COLUMNS_MAX:
            yield number, 'columns', f'{len(line)} columns, want at most {COLUMNS_MAX}'


def pragma_once(path, text):
    if path.endswith('.h') and not re.search(r'^#pragma once$', text, re.M):
        yield 1, 'pragma', 'a header starts with #pragma once'


def function_length(path, text):
    if path.endswith(CPP):
        found = cpp_text.functions(text)
    elif path.endswith('.py'):
        found = _python_functions(text)
    elif path.endswith('.sh'):
        found = _shell_functions(text)
    else:
        return
    for line, lines in found:
        if lines > FUNCTION_LINES_MAX:
            yield line, 'length', f'a function of {lines} lines, want at most {FUNCTION_LINES_MAX}'


def _python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno - node.lineno + 1


def _shell_functions(text):
    for match in re.finditer(r'^\w[\w-]*\s*\(\)\s*\{.*?^\}', text, re.M | re.S):
        yield line_of(text, match.start()), match.group(0).count('\n') + 1


def banned_calls(path, text):
    if not path.endswith(CPP):
        return
    code = cpp_text.blank(text, keep_strings=False)
    for rule, applies, exempt, pattern, message in BANNED_CALLS:
        if not re.search(applies, path) or re.search(exempt, path):
            continue
        for match in re.finditer(pattern, code):
            yield line_of(code, match.start()), rule, f'{match.group(0).strip()}: {message}'


def shells(path, text):
    if not path.endswith(CPP) or not re.match(r'(libs|services)/', path):
        return
    if path in ('libs/rpc/shell.h', 'libs/rpc/stream.h'):
        return
    for line, head, body in cpp_text.function_texts(text):
        if not CALLBACK_METHOD.search(head):
            continue
        returns = [at for at in re.finditer(r'\breturn\b', body)
                   if body.count('{', 0, at.start()) - body.count('}', 0, at.start()) == 1]
        if not returns or not all(ADMITTED.match(body, at.start()) for at in returns):
            yield line, 'shell', 'an rpc answers through rpc::Unary or rpc::Stream'


def python_sleeps(path, text):
    if not path.endswith('.py') or not path.startswith('tests/'):
        return
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, 'attr', getattr(node.func, 'id', ''))
        if name == 'sleep':
            yield node.lineno, 'sleep', 'tests do not sleep'


def sql(path, text):
    if path.endswith('.sql'):
        code = re.sub(r'--[^\n]*', '', text)
    elif path.endswith(CPP):
        code = cpp_text.blank(text, keep_strings=True)
    else:
        return
    if not path.startswith('tests/'):
        for match in re.finditer(r'\bSELECT\s+(?:DISTINCT\s+)?(?:\w+\.)?\*', code, re.I):
            yield line_of(code, match.start()), 'select-star', 'name the columns'
    if path.endswith(CPP) and not re.search(SQL_PLACES, path):
        for match in SQL.finditer(code):
            yield line_of(code, match.start()), 'sql', 'only store/postgres_* knows a table'


def include_rules(path, text):
    if path.endswith(CPP):
        for line, message in layers.check(path, cpp_text.blank(text, keep_strings=True)):
            yield line, 'include', message


def unfinished(path, text):
    if path.endswith(CPP):
        found = cpp_text.comments(text)
    elif path.endswith(('.py', '.sh', '.cmake', 'CMakeLists.txt')):
        found = ((line_of(text, m.start()), m.group(0))
                 for m in re.finditer(r'(?<!\S)#[^\n]*', text))
    else:
        return
    for line, comment in found:
        if re.search(r'\b(?:TODO|FIXME|XXX)\b', comment):
            yield line, 'unfinished', 'unfinished work is not left in comments'


def globs(path, text):
    if path.endswith(('CMakeLists.txt', '.cmake')):
        for match in re.finditer(r'\bfile\s*\(\s*GLOB', text):
            yield line_of(text, match.start()), 'glob', 'sources are listed one by one'


CHECKS = [columns, pragma_once, function_length, banned_calls, shells, python_sleeps, sql,
          include_rules, unfinished, globs]


def excused(lines, number, rule):
    """Is there an excuse with a reason for that rule, on the line or on the one before?"""
    excuse = re.compile(r'(?://|#|--)\s*tidy: allow\(' + rule + r'\)\s+\S+')
    return any(excuse.search(line) for line in lines[max(0, number - 2):number])


def check_text(path, text):
    """([(line, rule, message)], number of excused findings)."""
    lines = text.split('\n')
    kept, excuses = [], 0
    for check in CHECKS:
        for line, rule, message in check(path, text):
            if excused(lines, line, rule):
                excuses += 1
            else:
                kept.append((line, rule, message))
    return sorted(kept), excuses


def files_under(root):
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(f for f in folders if f == '.ci' or
                            (f not in SKIPPED_FOLDERS and not f.startswith('.')))
        for name in sorted(names):
            if name.endswith(READ) or '.' not in name:
                yield os.path.relpath(os.path.join(folder, name), root)


def read_source(root, path):
    """The text of a source file and the name it is judged by; (None, path) for anything else."""
    with open(os.path.join(root, path), 'rb') as file:
        content = file.read()
    if path.endswith(READ):
        return content.decode('utf-8'), path
    shebang = re.match(rb'#!.*\b(bash|sh|python3)\b', content)
    if not shebang:
        return None, path
    return content.decode('utf-8'), path + ('.py' if shebang.group(1) == b'python3' else '.sh')


def check_tree(root):
    files = findings = excuses = 0
    for path in files_under(root):
        text, judged_as = read_source(root, path)
        if text is None:
            continue
        found, excused_here = check_text(judged_as, text)
        files, findings, excuses = files + 1, findings + len(found), excuses + excused_here
        for line, rule, message in found:
            print(f'{path}:{line}: {rule}: {message}')
    print(f'tidy: {files} files, {findings} findings, {excuses} excused')
    if files == 0:
        print('tidy: nothing to check is a failure', file=sys.stderr)
    return 1 if findings or files == 0 else 0


def main(arguments):
    if arguments == ['--self-test']:
        import snippets
        return snippets.self_test(check_text)
    if len(arguments) != 1 or arguments[0].startswith('-'):
        print('usage: tidy.py ROOT | --self-test', file=sys.stderr)
        return 2
    return check_tree(arguments[0])


if __name__ == '__main__':
    sys.exit(main(sys.argv[1:]))
