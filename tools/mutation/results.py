"""What became of every mutant, read from the files that mutmut leaves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path
from typing import Final

from mutmut.configuration import reset_config
from mutmut.mutation.data import SourceFileMutationData
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.stats import status_by_exit_code
from mutmut.utils.file_utils import walk_mutatable_files
from mutmut.utils.format_utils import orig_function_and_class_names_from_key

from tools.mutation.mutants import Fate, Mutant, changed_lines

_FATES: Final = {
    "caught by type check": Fate.REFUSED_BY_TYPES,
    "killed": Fate.KILLED_BY_TESTS,
    "timeout": Fate.KILLED_BY_TESTS,
    "segfault": Fate.KILLED_BY_TESTS,  # killed, as it did not even end when its time was over
    "survived": Fate.SURVIVED,
    "no tests": Fate.NOT_REACHED,
}


def mutants_in(workspace: Path, *, below: str) -> Iterator[Mutant]:
    """Yield every mutant of a run; ``below`` is the folder that names of files are told without."""
    with chdir(workspace):
        reset_config()
        for path in sorted(walk_mutatable_files()):
            data = SourceFileMutationData(path=path)
            data.load()
            file = str(path.relative_to(below))
            for key, code in data.exit_code_by_key.items():
                fate = _FATES.get(status_by_exit_code[code], Fate.NOT_TRIED)
                name, owner = orig_function_and_class_names_from_key(key)
                function = f"{owner}.{name}" if owner else name
                if fate is Fate.SURVIVED:
                    lines = get_diff_for_mutant(key, path=path).splitlines()[2:]
                    yield Mutant(file, function, fate, *changed_lines(lines))
                else:
                    yield Mutant(file, function, fate)
