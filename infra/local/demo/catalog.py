"""The goods of the demo shop: invented, a dozen and a bit, enough to try every part of the catalog on.

A product has up to two specs: its colors and its sizes. Prices are fen.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import product as every_pair
from typing import Any

SHOP = "屿上生活"

#: path → one line about it
CATEGORIES = {
    "居家": "回家，就把肩膀放下来",
    "居家/床品": "睡好是一件正经事",
    "居家/毛巾浴巾": "擦得干，干得快",
    "居家/灯具香氛": "天黑以后的仪式感",
    "餐厨": "好好吃饭",
    "餐厨/锅具": "一口好锅，炖煮一日三餐",
    "餐厨/杯具": "端得稳的温度",
    "餐厨/刀板": "切菜声也好听",
    "饮食": "山里来的，海边尝",
    "饮食/茶": "一泡一座山",
    "饮食/坚果零食": "下午四点的口袋",
    "出行": "带上它，说走就走",
    "出行/包袋": "装得下一天",
    "出行/雨伞": "晴雨都从容",
}

BRANDS = {"屿眠": "床上的事交给我们", "炊烟里": "厨房里的老实人", "半山": "看天吃饭，认真做茶", "慢渡": "慢慢走，都会到"}


@dataclass(frozen=True)
class Item:
    """A product. ``colors``: name → how it is painted; ``prices``: size → (price, struck-through price)."""

    code: str
    name: str
    category: str
    brand: str
    summary: str
    keywords: list[str]
    drawing: str
    scene: str
    accent: str
    colors: dict[str, str]
    prices: dict[str, tuple[int, int]]
    attributes: dict[str, str]
    description: str
    size_name: str = "规格"
    color_name: str = "颜色"
    unit: str = "件"
    stock: int = 60
    scarce: dict[tuple[str, str], int] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    weight_grams: int = 800

    @property
    def specs(self) -> list[dict[str, Any]]:
        """The dimensions that give a choice."""
        found = [(self.color_name, list(self.colors)), (self.size_name, list(self.prices))]
        return [{"name": name, "values": values} for name, values in found if len(values) > 1]

    def skus(self, pictures: dict[str, str]) -> list[dict[str, Any]]:
        """Every cell of the matrix. *pictures*: color → address."""
        found = []
        for number, (color, size) in enumerate(every_pair(self.colors, self.prices), 1):
            values = [value for value, choice in ((color, self.colors), (size, self.prices)) if len(choice) > 1]
            price, market_price = self.prices[size]
            found.append(
                {
                    "values": values,
                    "price_amount": price,
                    "market_price_amount": market_price,
                    "stock": self.scarce.get((color, size), self.stock),
                    "code": f"{self.code}-{number:02d}",
                    "weight_grams": self.weight_grams,
                    "picture": pictures[color],
                }
            )
        return found

    def line(self, pictures: dict[str, str]) -> dict[str, Any]:
        """The product as a line of the import file. *pictures*: color → address."""
        return {
            "code": self.code,
            "name": self.name,
            "category": self.category,
            "brand": self.brand,
            "summary": self.summary,
            "keywords": self.keywords,
            "unit": self.unit,
            "pictures": list(pictures.values()),
            "specs": self.specs,
            "skus": self.skus(pictures),
            "attributes": [{"name": name, "value": value} for name, value in self.attributes.items()],
            "description": self.description,
            **self.limits,
        }


ITEMS = [
    Item(
        "ISL-BED-01", "云朵水洗棉四件套", "居家/床品", "屿眠", "洗过三十遍的软，第一晚就有",
        ["四件套", "床单", "被套", "水洗棉"], "bedding", "mist", "#d8e2e8",
        {"雾蓝": "#8fa9bd", "豆沙": "#c08a80", "苔绿": "#8ba283"},
        {"1.5米床": (29900, 39900), "1.8米床": (32900, 42900)},
        {"材质": "100%棉", "工艺": "水洗", "支数": "60支", "件数": "被套1 床单1 枕套2", "执行标准": "GB/T 22796"},
        "先织后洗，缩过水才裁剪，所以你洗它不再缩。被套四角有绑带，被芯不会在里面散步。",
        size_name="尺寸", unit="套", scarce={("豆沙", "1.8米床"): 3}, weight_grams=2600,
    ),
    Item(
        "ISL-BED-02", "桑蚕丝被", "居家/床品", "屿眠", "一根丝一公里，轻得像没盖",
        ["蚕丝被", "被子", "被芯", "子母被"], "quilt", "blush", "#c98b72", {"本白": "#f0e4cf"},
        {"春秋被 2斤": (59900, 79900), "冬被 4斤": (99900, 129900), "子母被 2+4斤": (149900, 199900)},
        {"填充物": "100%桑蚕丝", "面料": "100%棉", "等级": "优等", "尺寸": "200×230厘米"},
        "整张丝绵手工拉网，不用胶。留了一个小窗，拉开就能看见里面的丝。", unit="床", stock=25, weight_grams=2200,
    ),
    Item(
        "ISL-BED-03", "决明子护颈枕", "居家/床品", "屿眠", "一半软，一半撑",
        ["枕头", "枕芯", "护颈"], "pillow", "sage", "#8fa58a", {"米白": "#e9e4da"}, {"单只": (12900, 16900)},
        {"填充物": "决明子、羽丝绒", "面料": "100%棉", "高度": "9厘米"},
        "下层决明子托住颈，上层羽丝绒接住头。枕套可拆洗，芯子晒晒太阳就好。", unit="只",
    ),
    Item(
        "ISL-TWL-01", "长绒棉毛巾", "居家/毛巾浴巾", "屿眠", "新疆长绒棉，越洗越蓬",
        ["毛巾", "面巾", "洗脸巾"], "towel", "sand", "#8fa9bd",
        {"珊瑚": "#e2a79a", "海盐蓝": "#9db7c9", "燕麦": "#d9c7a8"}, {"单条": (1990, 2900), "三条装": (4990, 7900)},
        {"材质": "100%棉", "克重": "120克", "尺寸": "34×76厘米"},
        "螺旋捻的纱，吸水从第一次洗脸开始。", unit="条", stock=200, weight_grams=130,
    ),
    Item(
        "ISL-TWL-02", "华夫格浴巾", "居家/毛巾浴巾", "屿眠", "一格一格，把水收走",
        ["浴巾", "毛巾", "华夫格"], "bath_towel", "sage", "#f3ead8", {"苔绿": "#a9bda2", "奶油": "#e9dcc3"},
        {"70×140厘米": (6900, 8900)}, {"材质": "100%棉", "克重": "380克", "工艺": "华夫格提花"},
        "薄，所以干得快；密，所以吸得多。南方的梅雨天也不会有味道。", unit="条", stock=80, weight_grams=400,
    ),
    Item(
        "ISL-LGT-01", "贝壳阅读台灯", "居家/灯具香氛", "慢渡", "不闪、不晃，陪你多读一章",
        ["台灯", "护眼灯", "阅读灯"], "lamp", "dusk", "#3f4a52", {"松绿": "#7fa08c", "杏粉": "#dba592"},
        {"插电款": (18900, 23900)}, {"显色指数": "Ra≥95", "色温": "2700–4000K", "功率": "9瓦"},
        "旋钮调光，停在哪里记在哪里。", unit="盏", stock=40, weight_grams=1500,
    ),
    Item(
        "ISL-LGT-02", "海风大豆蜡香薰", "居家/灯具香氛", "慢渡", "一点咸，一点木头，一点月亮",
        ["香薰", "蜡烛", "香氛"], "candle", "night", "#7a6aa0", {"夜航": "#8b8fb8", "日出": "#d8a08c"},
        {"180克": (8900, 10900)}, {"蜡材": "大豆蜡", "燃烧时间": "约40小时", "香调": "海盐 雪松 鼠尾草"},
        "棉芯，无黑烟。第一次请烧够一小时，让整面都化开。", unit="杯", stock=30,
        limits={"per_member_max": 2}, weight_grams=420,
    ),
    Item(
        "ISL-POT-01", "珐琅铸铁锅", "餐厨/锅具", "炊烟里", "焖得住汽，锁得住香",
        ["锅", "铸铁锅", "炖锅", "珐琅锅"], "pot", "sand", "#e0b060",
        {"番茄红": "#c8553d", "海军蓝": "#44617f", "抹茶": "#8a9f6a"}, {"22厘米": (39900, 52900), "24厘米": (45900, 59900)},
        {"材质": "铸铁、珐琅", "适用": "明火、电磁炉、烤箱", "锅盖": "自循环水珠点"},
        "盖子里有三十六颗水珠点，蒸汽变回水落在菜上。肉不用加水也能炖烂。",
        size_name="口径", unit="口", stock=20, scarce={("抹茶", "24厘米"): 1}, weight_grams=4800,
    ),
    Item(
        "ISL-POT-02", "麦饭石不粘煎锅", "餐厨/锅具", "炊烟里", "一个煎蛋的体面",
        ["锅", "平底锅", "煎锅", "不粘锅"], "pan", "mist", "#c99868", {"石墨": "#4d5560"},
        {"24厘米": (12900, 16900), "28厘米": (15900, 19900)}, {"涂层": "麦饭石纹不粘", "手柄": "榉木", "适用": "燃气、电磁炉"},
        "冷锅冷油下蛋也滑得动。请用木铲，它会陪你很多年。", size_name="口径", unit="口", weight_grams=1100,
    ),
    Item(
        "ISL-CUP-01", "流釉马克杯", "餐厨/杯具", "炊烟里", "釉从杯口流下来，每只都不一样",
        ["杯子", "马克杯", "咖啡杯", "陶瓷"], "mug", "blush", "#5f7f95", {"沙白": "#d9c7ae", "炭灰": "#77787d"},
        {"350毫升": (5900, 7900)}, {"材质": "陶瓷", "容量": "350毫升", "洗碗机": "可用"},
        "高温一次烧成，微波炉、洗碗机都不怕。", unit="只", stock=120, weight_grams=380,
    ),
    Item(
        "ISL-CUT-01", "整木樱桃木砧板", "餐厨/刀板", "炊烟里", "一块木头，没有胶",
        ["砧板", "菜板", "案板"], "board", "sage", "#6b4a35", {"原木": "#d6a878"},
        {"小号 35×25": (15900, 18900), "大号 45×30": (21900, 25900)}, {"材质": "樱桃木", "工艺": "整木、蜂蜡"},
        "整块取材，所以数量由树决定。用后擦干立放，每月抹一次油。", unit="块", stock=35, weight_grams=1900,
    ),
    Item(
        "ISL-TEA-01", "桂花乌龙", "饮食/茶", "半山", "今年的桂花，去年的山",
        ["茶", "茶叶", "乌龙茶", "桂花"], "tea", "sand", "#d9a441", {"罐装": "#4f7358"},
        {"80克": (6800, 8800), "80克×2罐": (12800, 17600)}, {"产地": "福建安溪", "配料": "乌龙茶、桂花", "保质期": "24个月"},
        "三窨一提，花香在水里，不在面上。95度的水，坐杯二十秒。", unit="罐", stock=150, weight_grams=180,
    ),
    Item(
        "ISL-NUT-01", "每日坚果", "饮食/坚果零食", "半山", "六种坚果两种果干，一天一小包",
        ["坚果", "零食", "果干", "每日坚果"], "nuts", "blush", "#8a5a34", {"混合": "#e0b252"},
        {"7天装": (2990, 3990), "30天装": (9900, 14900)}, {"净含量": "25克/包", "配料": "腰果、扁桃仁、核桃、榛子、蔓越莓干等", "保质期": "8个月"},
        "低温烘，不油炸，不另外放盐和糖。", unit="袋", stock=300, limits={"per_order_max": 10}, weight_grams=260,
    ),
    Item(
        "ISL-BAG-01", "日落帆布托特包", "出行/包袋", "慢渡", "装得下电脑、雨伞和一条鱼",
        ["包", "帆布包", "托特包", "单肩包"], "tote", "mist", "#5f8fa8", {"本色": "#efe4cf", "沙滩粉": "#e9c9b8"},
        {"均码": (9900, 12900)}, {"材质": "16安帆布", "尺寸": "38×40×12厘米", "内袋": "有"},
        "水性颜料印的海，洗多了会变成傍晚的海。", unit="只", stock=90, weight_grams=450,
    ),
    Item(
        "ISL-UMB-01", "三折晴雨伞", "出行/雨伞", "慢渡", "晴天挡光，雨天挡雨",
        ["伞", "雨伞", "晴雨伞", "遮阳伞"], "umbrella", "dusk", "#fbe9d8", {"蜜桃": "#d98374", "鸢尾": "#8c86bd"},
        {"手开": (8900, 11900), "自动": (11900, 14900)}, {"骨数": "8骨", "防晒": "UPF50+", "重量": "330克"},
        "伞布甩两下就干。收起来只有一瓶水那么长。", size_name="开合", unit="把", stock=70, weight_grams=330,
    ),
]
