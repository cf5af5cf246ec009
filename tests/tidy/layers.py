"""Who may include what (DESIGN, the house, rules 1-4), judged on the includes of a file."""

import re

# libs/ may include the libs named here, and themselves.
LIBS = {
    'base': set(),
    'calendar': {'base'},
    'obs': {'base', 'calendar'},
    'pg': {'base', 'calendar', 'obs'},
    'rpc': {'base', 'calendar', 'obs'},
    'ledger': {'base', 'calendar', 'obs', 'pg', 'rpc'},
    'vault': {'base', 'calendar', 'obs', 'pg'},
    'journal': {'base', 'calendar', 'obs', 'pg', 'ledger', 'vault'},
    'client': {'base', 'calendar', 'obs', 'rpc'},
    # What the four services' app files share: the wiring of everything above.
    'host': {'base', 'calendar', 'obs', 'pg', 'rpc', 'ledger', 'vault', 'journal', 'client'},
}

# What domain/ may see: the standard library without the world, a few Abseil folders, two libs.
DOMAIN_ABSL = {'algorithm', 'base', 'container', 'functional', 'hash', 'numeric', 'status',
               'strings', 'time', 'types'}
DOMAIN_STD_BANNED = {'thread', 'mutex', 'shared_mutex', 'condition_variable', 'atomic', 'future',
                     'random', 'chrono', 'iostream', 'fstream', 'filesystem', 'cstdlib', 'ctime',
                     'cstdio', 'stdlib.h', 'stdio.h', 'time.h', 'unistd.h'}
DOMAIN_LIBS_BANNED = {'libs/base/clock.h', 'libs/base/random.h'}

# Headers of the world and the one place that may include them.
ONLY_IN = {
    'libpq-fe.h': r'libs/pg/',
    'yaml-cpp/': r'libs/base/strict_yaml\.',
    'spdlog/': r'libs/obs/',
}

_LAYER = {'domain': 1, 'config': 1, 'store interface': 1, 'rpc': 2, 'worker': 2, 'postgres': 2,
          'app': 3, 'main': 4}


def layer(path):
    """The layer of a file of one of the four services; None for anything else."""
    parts = path.split('/')
    if len(parts) < 3 or parts[0] != 'services':
        return None
    stem = parts[-1].split('.')[0]
    if len(parts) == 3:
        return stem if stem in ('main', 'app', 'config') else None
    if parts[2] == 'store':
        return 'postgres' if stem.startswith('postgres_') else 'store interface'
    return parts[2] if parts[2] in _LAYER else None


def includes(code):
    """(line, header, quoted) of every include; `code` has its comments blanked."""
    for match in re.finditer(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', code, re.M):
        line = code.count('\n', 0, match.start(0)) + 1
        yield line, match.group(1) or match.group(2), match.group(1) is not None


def is_proto(header):
    return header.endswith(('.pb.h', '.grpc.pb.h'))


def check(path, code):
    """(line, message) of every include that the rules forbid."""
    found = list(includes(code))
    for line, header, quoted in found:
        for message in _one(path, header, quoted):
            yield line, message
    yield from _both_sides(path, found)


def _one(path, header, quoted):
    top = path.split('/')[0]
    if header.startswith('.') or '/../' in header:
        yield f'{header}: includes are named from the root of the repository'
    if top in ('libs', 'services') and header.startswith('tests/'):
        yield f'{header}: production code includes no tests'
    for start, place in ONLY_IN.items():
        if top in ('libs', 'services') and header.startswith(start) and not re.match(place, path):
            yield f'{header}: only {place} may include it'
    if top == 'libs':
        yield from _from_lib(path, header)
    if top == 'services':
        yield from _from_service(path, header, quoted)


def _from_lib(path, header):
    if header.startswith('services/'):
        yield f'{header}: libs never include services'
    mine, other = path.split('/')[1], header.split('/')
    if other[0] == 'libs' and other[1] != mine and other[1] not in LIBS.get(mine, set()):
        yield f'{header}: libs/{mine} may not include libs/{other[1]}'


def _from_service(path, header, quoted):
    mine, mine_layer = path.split('/')[1], layer(path)
    if header.startswith('services/'):
        if header.split('/')[1] != mine:
            yield f'{header}: a service never includes another service'
        yield from _turned_arrow(mine_layer, header)
    if mine == 'verifier' and header.startswith(('libs/ledger', 'libs/journal')):
        yield f'{header}: the verifier shares no code with libs/ledger'
    if mine_layer == 'domain' and not _domain_may_see(header, quoted):
        yield f'{header}: domain/ is pure'
    if mine_layer == 'store interface' and is_proto(header):
        yield f'{header}: the store interface sees no proto'


def _turned_arrow(mine, header):
    other = layer(header)
    if mine is None or other is None or mine == other:
        return
    if re.search(r'/rpc/convert(_[a-z0-9_]+)?\.h$', header) and _LAYER[mine] >= 2:
        return
    if _LAYER[other] >= _LAYER[mine] and {mine, other} != {'domain', 'store interface'}:
        yield f'{header}: {mine} may not include {other}'
    if mine == 'domain':
        yield f'{header}: domain may not include {other}'


def _domain_may_see(header, quoted):
    parts = header.split('/')
    if is_proto(header) or header in DOMAIN_LIBS_BANNED or header in DOMAIN_STD_BANNED:
        return False
    if parts[0] == 'absl':
        return parts[1] in DOMAIN_ABSL
    if parts[0] == 'libs':
        return parts[1] in ('base', 'calendar')
    if parts[0] == 'services':
        return layer(header) == 'domain'
    return not quoted and '/' not in header and '.' not in header


def _both_sides(path, found):
    """Only rpc/convert.* (and the wiring) may name both proto and domain."""
    mine = layer(path)
    border = re.search(r'/rpc/convert(_[a-z0-9_]+)?\.', path)
    if mine not in ('rpc', 'worker', 'postgres') or border:
        return
    protos = [line for line, header, _ in found if is_proto(header)]
    if protos and any('/domain/' in header for _, header, _ in found):
        yield protos[0], 'only rpc/convert.* includes both proto and domain'
