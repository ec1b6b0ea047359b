"""What must be true of a package before anybody uploads it."""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from infra.build import target
from infra.build.functions import FUNCTION, functions
from infra.build.lock import canonical, pins
from infra.build.roles import MAX_INLINE, MAX_MANAGED, size
from infra.build.target import Arch, BuildError

Document = Mapping[str, Any]
#: What SAM makes of one resource or event, beside itself.
_BECOMES = {FUNCTION: 1, "AWS::Serverless::Api": 3}
_SECRET = re.compile(r"BEGIN [A-Z ]*PRIVATE KEY|AKIA[0-9A-Z]{16}|SIYU_[A-Z_]*(SECRET|PRIVATE_KEY|API_V3_KEY)\b(?!S)")
_MACHINES = {"x86_64": 62, "aarch64": 183}


def require(problems: Iterable[str]) -> None:
    """:raises BuildError: there are problems; all are named."""
    if found := list(problems):
        raise BuildError("the package is not what it should be:\n  " + "\n  ".join(found))


def package(path: Path, arch: Arch, lock: str, *, compiled: bool) -> Iterator[str]:
    """What is wrong with a zip."""
    with zipfile.ZipFile(path) as archive:
        entries = {each.filename: each for each in archive.infolist()}
        yield from _sizes(path, entries.values())
        yield from _dependencies(entries, archive, lock)
        yield from _libraries(entries, archive, arch)
    yield from _sources(set(entries), compiled)


def _sizes(path: Path, entries: Iterable[zipfile.ZipInfo]) -> Iterator[str]:
    if path.stat().st_size > target.MAX_ZIP:
        yield f"{path.stat().st_size / 1e6:.1f} MB zipped, over our {target.MAX_ZIP / 1e6:.0f}"
    if (unzipped := sum(each.file_size for each in entries)) > target.MAX_UNZIPPED:
        yield f"{unzipped / 1e6:.1f} MB unzipped, over Lambda's {target.MAX_UNZIPPED / 1e6:.0f}"


def _dependencies(names: Iterable[str], archive: zipfile.ZipFile, lock: str) -> Iterator[str]:
    metadata = [name for name in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", name)]
    present = dict(_named(archive.read(name).decode()) for name in metadata)
    wanted = pins(lock)
    for name in sorted(wanted.keys() - present.keys()):
        yield f"{name} is missing"
    for name in sorted(present.keys() - wanted.keys()):
        yield f"{name} is not in the lock: a tool of development?"
    for name in sorted(wanted.keys() & present.keys()):
        if wanted[name] != present[name]:
            yield f"{name} is {present[name]}, not {wanted[name]}"


def _named(metadata: str) -> tuple[str, str]:
    head = metadata.partition("\n\n")[0]
    name, version = (re.search(rf"^{field}: (.+)$", head, re.MULTILINE) for field in ("Name", "Version"))
    if name is None or version is None:
        raise BuildError("a wheel without a name or a version")
    return canonical(name[1].strip()), version[1].strip()


def _libraries(names: Iterable[str], archive: zipfile.ZipFile, arch: Arch) -> Iterator[str]:
    """Compiled modules are of the processor, of this Python or the stable interface, and came from a portable wheel."""
    for name in names:
        if re.search(r"\.so(\.\d+)*$", name):
            # ELF: the machine is a 16 bit number at byte 18.
            machine = int.from_bytes(archive.read(name)[18:20], "little")
            if machine != _MACHINES[arch.machine]:
                yield f"{name} is not for {arch.name}"
            if (tag := re.search(r"\.cpython-(\d+)", name)) and f"cp{tag[1]}" != target.TAG:
                yield f"{name} is not for Python {target.PYTHON}"
        elif name.endswith(".dist-info/WHEEL"):
            for platform in re.findall(r"^Tag: \S+-(linux_\S+)", archive.read(name).decode(), re.MULTILINE):
                yield f"{name}: built on a host ({platform}), not a portable wheel"


def _sources(names: set[str], compiled: bool) -> Iterator[str]:
    for needed in ("app.py", "chalicelib/wiring.py", "chalicelib/index.json"):
        if needed not in names:
            yield f"{needed} is missing"
    if strange := sorted(name for name in names if re.match(r"(tests|infra|docs|\.)", name)):
        yield f"does not belong there: {strange[0]} and {len(strange) - 1} more"
    cached = {name for name in names if name.endswith(".pyc")}
    foreign = sorted(name for name in cached if not name.endswith(f".{target.TAG.replace('cp', 'cpython-')}.pyc"))
    if foreign:
        yield f"byte code of another Python: {foreign[0]} and {len(foreign) - 1} more"
    if compiled:
        bare = sorted(name for name in names if name.endswith(".py") and _cache_of(name) not in cached)
        if bare:
            yield f"not compiled: {bare[0]} and {len(bare) - 1} more"


def _cache_of(source: str) -> str:
    folder, _, name = source.rpartition("/")
    return f"{folder}{'/' if folder else ''}__pycache__/{name[:-3]}.{target.TAG.replace('cp', 'cpython-')}.pyc"


def template(document: Document, text: str, expected: Iterable[str]) -> Iterator[str]:
    """What is wrong with the app stack's template.

    :param expected: the functions that app.py declares.
    """
    found = {name for _, name, _ in functions(dict(document))}
    if found != set(expected):
        yield f"functions: {sorted(found ^ set(expected))} are in one of app.py and the template only"
    if len(text.encode()) > target.MAX_TEMPLATE:
        yield f"the template has {len(text.encode()):,} bytes, over {target.MAX_TEMPLATE:,}"
    if (count := resource_count(document)) > target.MAX_RESOURCES:
        yield f"{count} resources after the transform, over {target.MAX_RESOURCES}"
    if (nodes := path_nodes(_paths(document))) > target.MAX_PATH_NODES:
        yield f"{nodes} path nodes, over API Gateway's {target.MAX_PATH_NODES}"
    if secret := _SECRET.search(text):
        yield f"the template holds a secret: {secret[0][:12]}…"
    yield from _environments(document)
    yield from _roles(document["Resources"])


def resource_count(document: Document) -> int:
    """How many resources CloudFormation will count after the SAM transform."""
    count = 0
    for resource in document["Resources"].values():
        events = resource.get("Properties", {}).get("Events", {})
        # A schedule becomes a rule and a permission, a queue a mapping.
        count += (
            1 + _BECOMES.get(resource["Type"], 0) + sum(2 if e["Type"] == "Schedule" else 1 for e in events.values())
        )
    return count


def path_nodes(paths: Iterable[str]) -> int:
    """API Gateway's resources: every distinct beginning of a path."""
    nodes: set[tuple[str, ...]] = {("",)}
    for path in paths:
        parts = path.strip("/").split("/")
        nodes |= {("", *parts[: end + 1]) for end in range(len(parts))}
    return len(nodes)


def _environments(document: Document) -> Iterator[str]:
    everywhere = document["Globals"]["Function"]["Environment"]["Variables"]
    for _, name, properties in functions(dict(document)):
        variables = {**everywhere, **properties.get("Environment", {}).get("Variables", {})}
        # An import or a reference becomes at most a queue's address.
        if (
            sum(len(key) + (len(value) if isinstance(value, str) else 90) for key, value in variables.items())
            > target.MAX_ENVIRONMENT
        ):
            yield f"{name}: more than {target.MAX_ENVIRONMENT} bytes of environment"


def _roles(resources: Document) -> Iterator[str]:
    for name, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role":
            inline = sum(size(each["PolicyDocument"]) for each in properties["Policies"])
            if inline > MAX_INLINE:
                yield f"{name}: {inline} characters of policies, over {MAX_INLINE}"
        elif resource["Type"] == "AWS::IAM::ManagedPolicy" and size(properties["PolicyDocument"]) > MAX_MANAGED:
            yield f"{name}: {size(properties['PolicyDocument'])} characters, over {MAX_MANAGED}"


def _paths(document: Document) -> Iterable[str]:
    """Of the REST API; an HTTP API has one route."""
    api = document["Resources"].get("RestAPI")
    paths: Iterable[str] = api["Properties"]["DefinitionBody"]["paths"] if api else ()
    return paths


def summary(path: Path, document: Document, text: str) -> str:
    """What ``make package`` tells."""
    with zipfile.ZipFile(path) as archive:
        unzipped = sum(each.file_size for each in archive.infolist())
        files = len(archive.infolist())
    names = sorted(name for _, name, _ in functions(dict(document)))
    return "\n".join(
        [
            f"  package    {path.stat().st_size / 1e6:.1f} MB zipped, {unzipped / 1e6:.1f} MB unzipped, {files} files",
            f"  template   {len(text.encode()) / 1000:.0f} KB, {resource_count(document)} resources transformed, "
            f"{path_nodes(_paths(document))} path nodes",
            f"  functions  {len(names)}: {', '.join(names)}",
        ]
    )


def read(path: Path) -> dict[str, Any]:
    """A dumped template."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return found
