//! Cities with the centres of domain.md 4.1, and the invented places of 4.3.

use entity::{Region, SalesModel};

/// Code, Chinese name, English name, latitude, longitude, dialling code.
type CityRow = (&'static str, &'static str, &'static str, f64, f64, &'static str);

/// All forty cities of domain.md 4.1.
pub(super) const CITIES: &[CityRow] = &[
    ("110100", "北京", "Beijing", 39.904989, 116.405285, "010"),
    ("310100", "上海", "Shanghai", 31.231706, 121.472644, "021"),
    ("440100", "广州", "Guangzhou", 23.125178, 113.280637, "020"),
    ("440300", "深圳", "Shenzhen", 22.547, 114.085947, "0755"),
    ("330100", "杭州", "Hangzhou", 30.287459, 120.153576, "0571"),
    ("510100", "成都", "Chengdu", 30.659462, 104.065735, "028"),
    ("500100", "重庆", "Chongqing", 29.533155, 106.504962, "023"),
    ("420100", "武汉", "Wuhan", 30.584355, 114.298572, "027"),
    ("320100", "南京", "Nanjing", 32.041544, 118.767413, "025"),
    ("320500", "苏州", "Suzhou", 31.299379, 120.619585, "0512"),
    ("610100", "西安", "Xi'an", 34.263161, 108.948024, "029"),
    ("120100", "天津", "Tianjin", 39.125596, 117.190182, "022"),
    ("430100", "长沙", "Changsha", 28.19409, 112.982279, "0731"),
    ("410100", "郑州", "Zhengzhou", 34.757975, 113.665412, "0371"),
    ("370200", "青岛", "Qingdao", 36.082982, 120.355173, "0532"),
    ("340100", "合肥", "Hefei", 31.86119, 117.283042, "0551"),
    ("330200", "宁波", "Ningbo", 29.868388, 121.549792, "0574"),
    ("440600", "佛山", "Foshan", 23.028762, 113.122717, "0757"),
    ("441900", "东莞", "Dongguan", 23.046237, 113.746262, "0769"),
    ("320200", "无锡", "Wuxi", 31.574729, 120.301663, "0510"),
    ("210100", "沈阳", "Shenyang", 41.796767, 123.429096, "024"),
    ("210200", "大连", "Dalian", 38.91459, 121.618622, "0411"),
    ("530100", "昆明", "Kunming", 25.040609, 102.712251, "0871"),
    ("230100", "哈尔滨", "Harbin", 45.756967, 126.642464, "0451"),
    ("220100", "长春", "Changchun", 43.886841, 125.3245, "0431"),
    ("460100", "海口", "Haikou", 20.031971, 110.33119, "0898"),
    ("350200", "厦门", "Xiamen", 24.490474, 118.11022, "0592"),
    ("350100", "福州", "Fuzhou", 26.075302, 119.306239, "0591"),
    ("370100", "济南", "Jinan", 36.675807, 117.000923, "0531"),
    ("130100", "石家庄", "Shijiazhuang", 38.045474, 114.502461, "0311"),
    ("140100", "太原", "Taiyuan", 37.857014, 112.549248, "0351"),
    ("360100", "南昌", "Nanchang", 28.676493, 115.892151, "0791"),
    ("450100", "南宁", "Nanning", 22.82402, 108.320004, "0771"),
    ("520100", "贵阳", "Guiyang", 26.578343, 106.713478, "0851"),
    ("650100", "乌鲁木齐", "Urumqi", 43.792818, 87.617733, "0991"),
    ("150100", "呼和浩特", "Hohhot", 40.818311, 111.670801, "0471"),
    ("620100", "兰州", "Lanzhou", 36.058039, 103.823557, "0931"),
    ("630100", "西宁", "Xining", 36.623178, 101.778916, "0971"),
    ("640100", "银川", "Yinchuan", 38.46637, 106.278179, "0951"),
    ("540100", "拉萨", "Lhasa", 29.660361, 91.132212, "0891"),
];

/// Cities that every leg takes long to reach (domain.md 4.3).
pub(super) const FAR_CITIES: &[&str] = &["650100", "540100"];

pub(super) const REGIONS: &[(Region, &str, &str)] = &[
    (Region::North, "曜岑汽车华北大区", "YAOCEN North Region"),
    (Region::Northeast, "曜岑汽车东北大区", "YAOCEN Northeast Region"),
    (Region::East, "曜岑汽车华东大区", "YAOCEN East Region"),
    (Region::Central, "曜岑汽车华中大区", "YAOCEN Central Region"),
    (Region::South, "曜岑汽车华南大区", "YAOCEN South Region"),
    (Region::Southwest, "曜岑汽车西南大区", "YAOCEN Southwest Region"),
    (Region::Northwest, "曜岑汽车西北大区", "YAOCEN Northwest Region"),
];

/// Dealer groups; each owns several stores.
pub(super) const GROUPS: &[(&str, &str)] = &[
    ("江岚汽车集团", "Jianglan Auto Group"),
    ("粤舟汽车集团", "Yuezhou Auto Group"),
    ("北辰驰远集团", "Beichen Chiyuan Group"),
    ("蜀道行汽车集团", "Shudaoxing Auto Group"),
    ("楚湘汽车集团", "Chuxiang Auto Group"),
];

pub(super) const LENDERS: &[(&str, &str)] =
    &[("曜岑汽车金融有限公司", "YAOCEN Auto Finance"), ("通岸消费金融", "Tong'an Consumer Finance")];

/// Chinese name, English name, city, latitude, longitude.
pub(super) type SiteRow = (&'static str, &'static str, &'static str, f64, f64);

pub(super) const PLANTS: &[SiteRow] = &[
    ("曜岑合肥工厂", "YAOCEN Hefei Plant", "340100", 31.7702, 117.1903),
    ("曜岑西安工厂", "YAOCEN Xi'an Plant", "610100", 34.1604, 108.8301),
];

/// Jiaxing and Zhaoqing are not among the forty cities; their codes are GB/T 2260's.
pub(super) const HUBS: &[SiteRow] = &[
    ("曜岑嘉兴物流枢纽", "YAOCEN Jiaxing Hub", "330400", 30.7522, 120.7555),
    ("曜岑肇庆物流枢纽", "YAOCEN Zhaoqing Hub", "441200", 23.0471, 112.4651),
    ("曜岑重庆物流枢纽", "YAOCEN Chongqing Hub", "500100", 29.5901, 106.3802),
];

/// City, sales model, dealer group, district.
type StoreRow = (&'static str, SalesModel, Option<usize>, &'static str, &'static str);

/// The thirty stores: eight delivery centres, fourteen agents, eight dealers. A larger network repeats the list.
pub(super) const STORES: &[StoreRow] = {
    use SalesModel::{Agency, Direct, Wholesale};
    &[
        ("310100", Direct, None, "闵行", "Minhang"),
        ("110100", Direct, None, "亦庄", "Yizhuang"),
        ("440100", Direct, None, "番禺", "Panyu"),
        ("440300", Direct, None, "龙岗", "Longgang"),
        ("330100", Direct, None, "萧山", "Xiaoshan"),
        ("510100", Direct, None, "双流", "Shuangliu"),
        ("420100", Direct, None, "光谷", "Optics Valley"),
        ("320100", Direct, None, "江宁", "Jiangning"),
        ("310100", Agency, Some(0), "浦东", "Pudong"),
        ("110100", Agency, Some(2), "朝阳", "Chaoyang"),
        ("440100", Agency, Some(1), "天河", "Tianhe"),
        ("440300", Agency, Some(1), "南山", "Nanshan"),
        ("330100", Agency, Some(0), "滨江", "Binjiang"),
        ("510100", Agency, Some(3), "锦江", "Jinjiang"),
        ("500100", Agency, Some(3), "渝北", "Yubei"),
        ("320500", Agency, Some(0), "园区", "Industrial Park"),
        ("610100", Agency, None, "雁塔", "Yanta"),
        ("430100", Agency, Some(4), "岳麓", "Yuelu"),
        ("410100", Agency, Some(4), "金水", "Jinshui"),
        ("370200", Agency, Some(2), "崂山", "Laoshan"),
        ("340100", Agency, None, "蜀山", "Shushan"),
        ("120100", Agency, Some(2), "河西", "Hexi"),
        ("330200", Wholesale, Some(0), "鄞州", "Yinzhou"),
        ("440600", Wholesale, Some(1), "顺德", "Shunde"),
        ("441900", Wholesale, Some(1), "南城", "Nancheng"),
        ("320200", Wholesale, Some(0), "滨湖", "Binhu"),
        ("210100", Wholesale, Some(2), "铁西", "Tiexi"),
        ("530100", Wholesale, Some(3), "官渡", "Guandu"),
        ("650100", Wholesale, None, "水磨沟", "Shuimogou"),
        ("420100", Wholesale, Some(4), "江汉", "Jianghan"),
    ]
};
