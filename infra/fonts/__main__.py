"""``make fonts``: cut Noto Sans SC down to what shops write, one file a weight, beside its license.

``npm pack @expo-google-fonts/noto-sans-sc@0.4.3 && tar xzf expo-google-fonts-*.tgz && python -m infra.fonts package``

The result is committed: nobody needs npm to run the mall. The same package gives the same bytes. OFL 1.1 allows
this; it wants the license to stay beside the fonts, and no use of the reserved name "Source".
"""

from __future__ import annotations

import shutil
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

DATA = Path("chalicelib/mall/posters/data/fonts")
WEIGHTS = {"regular": "400Regular/NotoSansSC_400Regular.ttf", "bold": "700Bold/NotoSansSC_700Bold.ttf"}
#: In names of people, goods and places, and not in GB2312.
BEYOND = (
    "囍喆堃犇燚玥珺瑄翀昇垚珝玙璟晞曈祎禛禔镕锜芃梣昺焜炘琤瓘畑碁羴翯蠔衎袆赟邨闿陞雱霂顗飏饹馃鸮鹍鹮伃倓"
    "偲偞勔啰啱嘢嗞嚟媖嫄婳媞孖屾峣崟巖彧惇愔扥拃挊暠曌朤杄杺楽榮槑橦櫁沄沚沨洺浥淏湜溍溦澔濛瀞"
)
RANGES = (
    (0x20, 0x7E),
    (0xA0, 0x17F),  # Latin of Europe
    (0x2010, 0x2027),
    (0x2030, 0x205E),
    (0x20A0, 0x20BF),  # currencies
    (0x2100, 0x214F),  # ℃ № ™
    (0x2160, 0x217B),
    (0x2190, 0x2199),
    (0x2460, 0x24FF),  # ① ⑴
    (0x25A0, 0x25FF),
    (0x2600, 0x2606),
    (0x3000, 0x303F),
    (0x3041, 0x30FF),  # kana
    (0x3220, 0x3229),
    (0x3280, 0x33FF),  # ㎡ ㎏
    (0xFF01, 0xFF5E),
    (0xFFE0, 0xFFE6),
)


def gb2312() -> Iterator[int]:
    """Every character of GB2312: 6,763 Han and the symbols."""
    for row in range(0xA1, 0xF8):
        for cell in range(0xA1, 0xFF):
            try:
                yield ord(bytes((row, cell)).decode("gb2312"))
            except UnicodeDecodeError:
                continue


def wanted() -> set[int]:
    """The code points that the fonts shall have."""
    found = {code for first, last in RANGES for code in range(first, last + 1)}
    return found | set(gb2312()) | {ord(each) for each in BEYOND}


def cut(source: Path, target: Path) -> tuple[int, set[int]]:
    """Write the subset of *source*; how many characters it has, and which wanted ones the source lacks."""
    from fontTools.subset import Options, Subsetter, load_font, save_font

    options = Options(
        layout_features=[], hinting=False, notdef_outline=True, name_IDs=[0, 1, 2, 4, 5, 6, 13, 14], drop_tables=[]
    )
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "BASE", "vhea", "vmtx", "VORG", "STAT", "DSIG"]
    options.recalc_timestamp = False
    font = load_font(str(source), options)
    had = set(font.getBestCmap())
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted())
    subsetter.subset(font)
    save_font(font, str(target), options)
    return len(font.getBestCmap()), wanted() - had


def main(package: Path) -> None:
    DATA.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(package / "LICENSE_FONT", DATA / "OFL.txt")
    for weight, path in WEIGHTS.items():
        target = DATA / f"{weight}.ttf"
        count, missing = cut(package / path, target)
        missing_han = [chr(code) for code in sorted(missing) if unicodedata.category(chr(code)) == "Lo"]
        sys.stdout.write(f"{target}: {count} characters, {target.stat().st_size:,} bytes; lacks {missing_han}\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
