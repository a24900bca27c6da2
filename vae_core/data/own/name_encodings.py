"""Which code page names were written in, when nothing says so: guessed over all of them at once. Knows no ZIP.

A code page is the likelier, the more of the characters that it makes of the bytes are letters of one language, in an order that
words have. charset-normalizer, made for pages of text, finds half as many of such short names.
"""

import functools
import re
from collections.abc import Iterable

ENCODINGS = {
    "utf-8": "Unicode",
    "cp932": "Japanese",
    "gbk": "Chinese, simplified",
    "cp950": "Chinese, traditional",
    "cp949": "Korean",
    "cp1252": "Western European, Windows",
    "cp437": "Western European, DOS",
    "cp850": "Western European, DOS 850",
    "cp1251": "Cyrillic, Windows",
    "cp866": "Cyrillic, DOS",
    "koi8-r": "Cyrillic, Unix",
    "cp1250": "Central European, Windows",
    "cp852": "Central European, DOS",
    "cp1253": "Greek, Windows",
    "cp737": "Greek, DOS",
    "cp1254": "Turkish, Windows",
    "cp857": "Turkish, DOS",
    "cp1255": "Hebrew, Windows",
    "cp862": "Hebrew, DOS",
    "cp1256": "Arabic, Windows",
    "cp874": "Thai, Windows",
    "mac_roman": "Western European, old Mac",
}
"""Python's names of the code pages that people can choose, and what they are for."""

_MAX_SCORED = 2_000
_LOST = "\ufffd"
_UNUSUAL = re.compile(
    "[\x80-\x9f\u0180-\u019f\u01a2-\u01ae\u01b1-\u0217\u021c-\u02ff\u0370-\u0385\u0460-\u048f\u04c0-\u058f\u0700-\u08ff"
    "\U00010000-\U0001efff\U00020000-\U0010ffff]"
)
"""Characters that hardly anybody writes, which pairs of bytes of Chinese or Cyrillic can be when they are read as UTF-8."""
_WESTERN = ("äöüß", "éèêëàâçîïôûùœæ", "áéíóúñüºª", "áâãàçéêíóôõú", "àèéìòù", "åäöæøé", "ëéïóüèê")
_CENTRAL = ("ąćęłńóśźż", "áčďéěíňóřšťúůýžäľô", "áéíóöőúüű", "ăâîșşțţ", "čćđšž")
_CYRILLIC = ("оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфёъ", "оаиіентрсвлкмдупяьзбгйчєхжїшцюґфщўјљњћџђѓќѕ")
_GREEK = ("αοιετσνηυρπκμλςάόίγέδήωχθφβύώξζψϊϋΐΰ",)
_TURKISH = ("ıüşğçöİâûî",)
_HEBREW = ("יוהלאמרתבשנםכדעחקפצגטזסןךףץ",)
_ARABIC = ("اليمنرتوبةعدسفهكقحجشطصخزأضغذثىءظئإؤآپچژگک",)
_THAI = ("านร่อกเง้วมยลสตดะทีัิปคบแ์หืจพชขไุใำโผึซู็ธศถภญฟ๊ณฉฐ๋ษฮฎฏฑฒฬฌฆฝๆฯ",)
_ALPHABETS = {
    "cp1252": _WESTERN,
    "cp437": _WESTERN,
    "cp850": _WESTERN,
    "cp1251": _CYRILLIC,
    "cp866": _CYRILLIC,
    "cp1250": _CENTRAL,
    "cp852": _CENTRAL,
    "cp1253": _GREEK,
    "cp737": _GREEK,
    "cp1254": _TURKISH,
    "cp857": _TURKISH,
    "cp1255": _HEBREW,
    "cp862": _HEBREW,
    "cp1256": _ARABIC,
    "cp874": _THAI,
}
_COMMON = {
    "gbk": (
        "的一是了我不人在他有这个上们来到时大地为子中你说生国年着就那和要她出也得里后自以会家可下而过天去能对小多然于心学么之都好"
        "看起发当没成只如事把还用第样道想作种开美总从无情己面最女但现前些所同日手又行意动方期它头经长儿回位分爱老因很给名法间知世"
        "什两次使身者被高已亲其进此话常与活正感训练集测试验证类图片像照数据新建文件夹猫狗兔鸡鸭鱼鸟马牛羊猪鼠虎狮熊猴象蛇花草树叶"
        "根茎玫瑰菊桃李梨苹果香蕉橙葡萄瓜菜豆米麦病健康良品缺陷异红黄蓝绿黑白灰紫粉色晴雨雪云风雷水火土木金石山河海湖江沙车汽飞机"
        "船轮货公桥路房屋楼门窗桌椅床灯纸笔书字写母英语北京南东西左右男童春夏秋冬圆角三四五六七八九十百千万班组号级结未标注"
    ),
    "cp950": (
        "的一是了我不人在他有這個上們來到時大地為子中你說生國年著就那和要她出也得裡後自以會家可下而過天去能對小多然於心學麼之都好"
        "看起發當沒成只如事把還用第樣道想作種開美總從無情己面最女但現前些所同日手又行意動方期它頭經長兒回位分愛老因很給名法間知世"
        "什兩次使身者被高已親其進此話常與活正感訓練集測試驗證類圖片像照數據新建文件夾資料貓狗兔雞鴨魚鳥馬牛羊豬鼠虎獅熊猴象蛇花草"
        "樹葉根莖玫瑰菊桃李梨蘋果香蕉橙橘葡萄瓜菜豆米麥病健康良品缺陷異紅黃藍綠黑白灰紫粉色晴雨雪雲風雷水火土木金石山河海湖江沙車"
        "汽飛機船輪貨公橋路房屋樓門窗桌椅床燈紙筆書字寫母英語台臺北京南東西左右男童春夏秋冬圓角三四五六七八九十百千萬班組號級結未"
        "標註"
    ),
    "cp949": (
        "이다는에을의가고하한지도로은사를기리자아서나인대어그시수정해일있라전과부제보구주마스으오여장상동공조원성면우것게비들소만"
        "적국내무안와연세발유물신거치바생모방중문회화학트경선프더식실야명용관때산설분업레위역천미교호행러출진른차외입터르없드등재"
        "표단저평반합력요심같할집통양음배계예금체결개강건품말색간질번판감별두김남새꽃잎뿌돼닭토끼랑곰숭코뱀빨초록파검흰숫글씨림폴"
        "훈련험증량불맑흐눈람박포딸귤복튤립버"
    ),
}
"""The commonest characters of a script of thousands, and those of words that folders of pictures are called."""
_USUAL = {
    "cp932": (range(0x88, 0x98), 0x40, 1.4),
    "gbk": (range(0xB0, 0xD8), 0xA1, 1.1),
    "cp950": (range(0xA4, 0xC7), 0x40, 1.2),
    "cp949": (range(0xB0, 0xC9), 0xA1, 1.0),
}
"""First bytes of the other usual characters, the least second byte, and how much one of them counts."""


def guess(names: Iterable[bytes]) -> str:
    """The code page in which these names were written, one of ENCODINGS: UTF-8 if most of them are, else the likeliest."""
    unclear = [name for name in dict.fromkeys(names) if not name.isascii()][:_MAX_SCORED]
    if sum(map(_is_utf8, unclear)) >= 0.9 * len(unclear):
        return "utf-8"
    return max((*_USUAL, *_ALPHABETS), key=lambda encoding: _score(encoding, unclear))


def decode(name: bytes, encoding: str) -> str:
    """A name in that code page; bytes that cannot be there are kept apart, as lone surrogates."""
    return name.decode(encoding, errors="surrogateescape")


def _is_utf8(name: bytes) -> bool:
    """Whether these bytes are UTF-8, and none of them a letter that hardly anybody writes."""
    try:
        return not _UNUSUAL.search(name.decode())
    except UnicodeDecodeError:
        return False


def _score(encoding: str, names: list[bytes]) -> float:
    texts = [name.decode(encoding, errors="replace") for name in names]
    if encoding in _ALPHABETS:
        latin = _ALPHABETS[encoding] in (_WESTERN, _CENTRAL, _TURKISH)
        return max(sum(_alphabetic(text, letters, latin) for text in texts) for letters in _ALPHABETS[encoding])
    return sum(_ideographic(text, encoding) for text in texts)


def _alphabetic(text: str, letters: str, latin: bool) -> float:
    """How well a text goes with an alphabet, the commonest letters first: at most a point a letter, less for what no word has."""
    total, before = 0.0, " "
    for place, letter in enumerate(text):
        if letter > "\x7f":
            small = letter if letter in letters else letter.lower()
            if letter == _LOST:
                total -= 3
            elif small not in letters:
                total -= 1 if letter.isalpha() else 2
            elif (letter != small and before.islower()) or (not latin and _is_latin(before + text[place + 1 : place + 2])):
                total -= 1
            else:
                total += (1 if latin else 1 - 0.5 * letters.index(small) / len(letters)) - 0.2 * (letter != small and before.isalpha())
        before = letter
    return total


def _ideographic(text: str, encoding: str) -> float:
    """The same for a script of thousands of characters, a point a byte."""
    total, before = 0.0, " "
    for place, letter in enumerate(text):
        if letter > "\x7f":
            total += -3 if letter == _LOST else _weight(letter, encoding)
            total -= 0.7 * sum(near.islower() and near.isascii() for near in before + text[place + 1 : place + 2])
        before = letter
    return total


@functools.lru_cache(10_000)
def _weight(letter: str, encoding: str) -> float:
    first, *rest = letter.encode(encoding)
    if not rest:
        return 0.2 if encoding == "cp932" else -2.0
    if letter in _COMMON.get(encoding, ""):
        return 2.0
    if "\u3041" <= letter <= "\u30ff":
        return 2.0 if encoding == "cp932" else -0.6
    if "\uff01" <= letter <= "\uff5e" or letter in "\u3000、。々「」・":
        return 1.0
    if not letter.isalpha() or letter < "\u2e80":
        return -2.0
    usual, least, weight = _USUAL[encoding]
    return weight if first in usual and rest[0] >= least else -0.8


def _is_latin(letters: str) -> bool:
    return any(letter.isascii() and letter.isalpha() for letter in letters)
