"""One product as the product list answers it: the 100 fields of the wire, in the wire's order.

Written out so that editors and type checkers know every field. Meanings and units are in
`shopscope.contract.products.FIELDS`; a test holds names and order against the metric catalogue.
"""

import msgspec


class ProductRow(msgspec.Struct, frozen=True, kw_only=True):
    """A product with its totals and windows as of one day.

    Amounts and prices are US dollars, rates are percent, dates are yyyyMMdd. `cover_url`,
    `desc_detail`, `sale_props` and `skus` are JSON inside strings.
    """

    category_id: str
    category_l2_id: str
    category_l3_id: str
    cover_url: str
    desc_detail: str
    discount: str
    first_crawl_dt: int
    free_shipping: int
    is_s_shop: int
    max_price: float
    min_price: float
    off_mark: int
    product_commission_rate: float
    product_id: str
    product_name: str
    product_rating: float
    region: str
    review_count: int
    sale_props: str
    sales_flag: int
    sales_trend_flag: int
    seller_id: str
    skus: str
    spu_avg_price: float
    total_ifl_cnt: int
    total_ifl_live_15d_cnt: int
    total_ifl_live_1d_cnt: int
    total_ifl_live_30d_cnt: int
    total_ifl_live_60d_cnt: int
    total_ifl_live_7d_cnt: int
    total_ifl_live_90d_cnt: int
    total_ifl_video_15d_cnt: int
    total_ifl_video_1d_cnt: int
    total_ifl_video_30d_cnt: int
    total_ifl_video_60d_cnt: int
    total_ifl_video_7d_cnt: int
    total_ifl_video_90d_cnt: int
    total_live_15d_cnt: int
    total_live_1d_cnt: int
    total_live_30d_cnt: int
    total_live_60d_cnt: int
    total_live_7d_cnt: int
    total_live_90d_cnt: int
    total_live_cnt: int
    total_live_sale_15d_cnt: int
    total_live_sale_1d_cnt: int
    total_live_sale_30d_cnt: int
    total_live_sale_60d_cnt: int
    total_live_sale_7d_cnt: int
    total_live_sale_90d_cnt: int
    total_live_sale_cnt: int
    total_live_sale_gmv_15d_amt: float
    total_live_sale_gmv_1d_amt: float
    total_live_sale_gmv_30d_amt: float
    total_live_sale_gmv_60d_amt: float
    total_live_sale_gmv_7d_amt: float
    total_live_sale_gmv_90d_amt: float
    total_live_sale_gmv_amt: float
    total_sale_15d_cnt: int
    total_sale_1d_cnt: int
    total_sale_30d_cnt: int
    total_sale_60d_cnt: int
    total_sale_7d_cnt: int
    total_sale_90d_cnt: int
    total_sale_cnt: int
    total_sale_gmv_15d_amt: float
    total_sale_gmv_1d_amt: float
    total_sale_gmv_30d_amt: float
    total_sale_gmv_60d_amt: float
    total_sale_gmv_7d_amt: float
    total_sale_gmv_90d_amt: float
    total_sale_gmv_amt: float
    total_video_15d_cnt: int
    total_video_1d_cnt: int
    total_video_30d_cnt: int
    total_video_60d_cnt: int
    total_video_7d_cnt: int
    total_video_90d_cnt: int
    total_video_cnt: int
    total_video_sale_15d_cnt: int
    total_video_sale_1d_cnt: int
    total_video_sale_30d_cnt: int
    total_video_sale_60d_cnt: int
    total_video_sale_7d_cnt: int
    total_video_sale_90d_cnt: int
    total_video_sale_cnt: int
    total_video_sale_gmv_15d_amt: float
    total_video_sale_gmv_1d_amt: float
    total_video_sale_gmv_30d_amt: float
    total_video_sale_gmv_60d_amt: float
    total_video_sale_gmv_7d_amt: float
    total_video_sale_gmv_90d_amt: float
    total_video_sale_gmv_amt: float
    total_views_15d_cnt: int
    total_views_1d_cnt: int
    total_views_30d_cnt: int
    total_views_60d_cnt: int
    total_views_7d_cnt: int
    total_views_90d_cnt: int
    total_views_cnt: int
