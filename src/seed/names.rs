//! Invented people: common surnames and given names put together at random, phone numbers of one block, resident ids
//! with a right check digit. None is meant to be anybody's; never send a message to these numbers.

use super::dice::Dice;
use super::place_tables::CITIES;
use crate::values::resident_id::ResidentId;

const SURNAMES: &[&str] = &[
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭", "何", "林", "罗",
    "郑", "梁", "谢", "宋", "唐", "许", "韩", "冯", "邓", "曹", "彭", "曾", "肖", "田", "董", "袁", "潘", "于", "蒋",
    "蔡", "余", "杜", "叶", "程", "苏", "魏", "吕", "丁", "任", "沈", "姚", "卢", "姜", "崔", "钟", "谭", "欧阳",
];

const GIVEN: &[&str] = &[
    "伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "杰", "娟", "涛", "超", "霞", "刚", "桂英", "秀兰",
    "子涵", "梓萱", "浩然", "雨桐", "宇轩", "欣怡", "俊杰", "思远", "诗雅", "梦琪", "嘉懿", "天佑", "文博", "晓彤",
    "志强", "建国", "丽华", "海燕", "雪梅", "佳宁", "一鸣", "若曦", "振宇", "慧敏", "国栋", "婉清", "泽宇", "语嫣",
    "鹏飞", "紫薇", "锦程", "书瑶", "瑞霖", "可馨", "明轩", "雅静", "永康", "乐怡", "承志", "晨曦", "立群", "安琪",
];

const LIKES: &[&str] =
    &["追光", "晴空", "山野", "慢行", "听风", "逐浪", "星河", "拾光", "远方", "绿茶", "橙子", "云朵"];
const BEINGS: &[&str] =
    &["小鹿", "旅人", "骑士", "考拉", "鲸鱼", "松鼠", "船长", "向导", "猫咪", "雨燕", "海豚", "玩家"];

/// A real name; personal data.
pub(super) fn person(dice: &mut Dice) -> String {
    format!("{}{}", dice.pick(SURNAMES), dice.pick(GIVEN))
}

/// A chosen nickname; public, and nothing in it comes from the real name.
pub(super) fn nickname(dice: &mut Dice) -> String {
    let number = dice.between(1, 999);
    format!("{}{}{number}", dice.pick(LIKES), dice.pick(BEINGS))
}

/// The number of person `serial`, E.164: `1990000xxxx` for the first ten thousand, then on from there.
pub(super) fn phone(serial: u64) -> String {
    format!("+86199{:08}", serial % 100_000_000)
}

/// An e-mail address at a name reserved for examples.
pub(super) fn email(serial: u64) -> String {
    format!("rider{serial:06}@example.com")
}

/// A home address, in one of the cities.
pub(super) fn address(city_zh: &str, dice: &mut Dice) -> String {
    let (number, room) = (dice.between(1, 300), dice.between(101, 2604));
    format!("{city_zh}市云栖路{number}弄{}号{room}室", dice.between(1, 40))
}

/// A resident id of an adult, with right check digit.
pub(super) fn resident_id(dice: &mut Dice) -> String {
    let (county, ..) = dice.pick(CITIES);
    let (year, month, day) = (dice.between(1962, 2003), dice.between(1, 12), dice.between(1, 28));
    let body = format!("{}01{year}{month:02}{day:02}{:03}", &county[..4], dice.between(1, 999));
    "0123456789X"
        .chars()
        .map(|check| format!("{body}{check}"))
        .find(|number| ResidentId::parse(number).is_ok())
        .expect("one of the eleven check digits is right")
}
