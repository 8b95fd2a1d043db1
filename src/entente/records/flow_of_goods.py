"""A flow of goods at a border point, after FEWS NET's monitoring of cross-border trade.

Products are groups of the Central Product Classification of the United Nations (CPC 2.1),
those that corridors trade; whatever else passes is ``other``. Amounts are integers of the unit
that is named; prices and payments are in XOF.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar, Literal, TypeAlias

from msgspec import Meta

from entente.errors import RecordError
from entente.places import Place
from entente.records.base import Field, Labels, Role
from entente.records.flow import Flow

Product = Literal[
    "011", "012", "013", "014", "015", "016", "017", "018", "019", "021", "022", "023", "029", "031", "042",
    "162", "211", "212", "213", "214", "216", "221", "222", "231", "233", "235", "237", "239", "244", "250",
    "282", "333", "346", "352", "374", "412", "491", "other",
]  # fmt: skip
FlowType = Literal["import", "export", "re_export", "transit"]
Formality = Literal["formal", "informal"]
Unit = Literal["kg", "tonne", "litre", "head", "bag"]

Amount: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000_000)]
Minutes: TypeAlias = Annotated[int, Meta(ge=0, le=44_640)]


class FlowOfGoods(Flow, kw_only=True, frozen=True, tag="flow-of-goods"):
    """Goods seen crossing a point, over a period, in one direction."""

    title: ClassVar[tuple[str, str]] = ("Flux de marchandises", "Flow of goods")
    never_added: ClassVar[frozenset[str]] = frozenset({"price_xof", "bag_kg"})
    measured_in: ClassVar[Mapping[str, str]] = {"quantity": "unit"}

    product: Annotated[
        Product,
        Field(Role.CHOICE, "Produit (groupe CPC)", "Product (CPC group)", hxl="#item+product+code"),
        Labels(
            {
                "011": ("céréales", "cereals"),
                "012": ("légumes", "vegetables"),
                "013": ("fruits et noix", "fruits and nuts"),
                "014": ("graines et fruits oléagineux", "oilseeds and oil fruits"),
                "015": ("racines et tubercules", "roots and tubers"),
                "016": ("café, thé, épices et plantes aromatiques", "coffee, tea, spices, aromatic crops"),
                "017": ("légumineuses sèches", "pulses"),
                "018": ("plantes sucrières", "sugar crops"),
                "019": ("fourrage, fibres et autres plantes", "forage, fibre and other plants"),
                "021": ("animaux vivants", "live animals"),
                "022": ("lait cru", "raw milk"),
                "023": ("œufs frais", "fresh eggs"),
                "029": ("autres produits animaux, peaux brutes", "other animal products, raw hides"),
                "031": ("bois brut et bois de feu", "wood and firewood"),
                "042": ("poisson frais", "fresh fish"),
                "162": ("sel", "salt"),
                "211": ("viande", "meat"),
                "212": ("poisson préparé ou conservé", "prepared or preserved fish"),
                "213": ("légumes préparés ou conservés", "prepared or preserved vegetables"),
                "214": ("fruits préparés ou conservés", "prepared or preserved fruit"),
                "216": ("huiles végétales", "vegetable oils"),
                "221": ("lait transformé", "processed milk"),
                "222": ("autres produits laitiers", "other dairy products"),
                "231": ("farines, semoules et riz usiné", "flour, meal and milled rice"),
                "233": ("aliments pour animaux", "animal feed"),
                "235": ("sucre", "sugar"),
                "237": ("pâtes et couscous", "pasta and couscous"),
                "239": ("autres aliments", "other foods"),
                "244": ("boissons sans alcool", "soft drinks and bottled water"),
                "250": ("tabac", "tobacco"),
                "282": ("vêtements", "clothing"),
                "333": ("carburants", "fuels"),
                "346": ("engrais et pesticides", "fertilisers and pesticides"),
                "352": ("médicaments", "medicines"),
                "374": ("ciment, chaux et plâtre", "cement, lime and plaster"),
                "412": ("fer et acier", "iron and steel"),
                "491": ("véhicules et pièces", "vehicles and parts"),
                "other": ("autre", "other"),
            }
        ),
    ]
    flow_type: Annotated[
        FlowType,
        Field(Role.CHOICE, "Type de flux", "Type of flow", hxl="#cause+flow"),
        Labels(
            {
                "import": ("importation", "import"),
                "export": ("exportation", "export"),
                "re_export": ("réexportation", "re-export"),
                "transit": ("transit", "transit"),
            }
        ),
    ]
    formality: Annotated[
        Formality | None,
        Field(Role.CHOICE, "Formalité", "Formality", hxl="#modality+formality"),
        Labels({"formal": ("formel", "formal"), "informal": ("informel", "informal")}),
    ] = None
    quantity: Annotated[
        Amount | None, Field(Role.QUANTITY, "Quantité", "Quantity", hxl="#item+quantity+num")
    ] = None
    unit: Annotated[
        Unit | None,
        Field(Role.CHOICE, "Unité", "Unit", hxl="#item+unit"),
        Labels(
            {
                "kg": ("kg", "kg"),
                "tonne": ("tonne", "tonne"),
                "litre": ("litre", "litre"),
                "head": ("tête", "head"),
                "bag": ("sac", "bag"),
            }
        ),
    ] = None
    bag_kg: Annotated[
        Annotated[int, Meta(ge=1, le=1_000)] | None,
        Field(Role.QUANTITY, "Kilos par sac", "Kilos per bag", hxl="#item+bag+kg"),
    ] = None
    price_xof: Annotated[
        Amount | None,
        Field(Role.QUANTITY, "Prix de l’unité, en XOF", "Price of one unit, in XOF", hxl="#value+price+xof"),
    ] = None
    source: Annotated[Place | None, Field(Role.PLACE, "Provenance", "Source", hxl="#loc+origin")] = None
    destination: Annotated[
        Place | None, Field(Role.PLACE, "Destination", "Destination", hxl="#loc+destination")
    ] = None
    checkpoints: Annotated[
        Annotated[int, Meta(ge=0, le=1_000)] | None,
        Field(Role.QUANTITY, "Postes de contrôle passés", "Checkpoints passed", hxl="#indicator+checkpoints"),
    ] = None
    illicit_payment_xof: Annotated[
        Amount | None,
        Field(
            Role.QUANTITY,
            "Paiements indus, en XOF",
            "Illicit payments, in XOF",
            hxl="#value+illicit+xof",
        ),
    ] = None
    delay_minutes: Annotated[
        Minutes | None,
        Field(Role.QUANTITY, "Retard, en minutes", "Delay, in minutes", hxl="#indicator+delay+num"),
    ] = None

    def check(self) -> None:
        """While nothing was dropped: a quantity with its unit, the weight of a bag where bags are counted."""
        super().check()
        if self.bag_kg is not None and self.unit not in {"bag", None}:
            raise RecordError("only bags have kilos per bag")
        if self.is_released:
            return
        if self.unit is None and (self.quantity is not None or self.price_xof is not None):
            raise RecordError("a quantity or a price needs its unit")
        if self.unit == "bag" and self.bag_kg is None:
            raise RecordError("bags need the kilos of one bag")
