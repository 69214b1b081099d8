//! What a contract says: the order as it was, the clauses with what was chosen, and the text that is signed (C070, C071). It is
//! in Chinese, which is what counts.

use std::collections::BTreeSet;

use aws_lc_rs::digest;
use chrono::NaiveDate;
use entity::vocabulary::{FulfillmentMode, PriceLineKind};
use entity::{Clause, ClauseOption};
use serde::{Deserialize, Serialize};

use crate::values::money::Money;

/// Everything that a contract says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Paper {
    pub number: String,
    pub drawn_up_on: NaiveDate,
    pub template_code: String,
    pub template_version: i32,
    pub title: String,
    pub order_number: String,
    /// Personal.
    pub buyer: String,
    pub seller: String,
    pub store: String,
    pub delivery_store: String,
    pub city: String,
    pub model: String,
    pub trim: String,
    pub trim_code: String,
    pub option_codes: Vec<String>,
    pub fulfillment_mode: FulfillmentMode,
    /// The last day that was promised; none while nobody can tell.
    pub ready_by: Option<NaiveDate>,
    pub lines: Vec<PaperLine>,
    pub total_minor: i64,
    /// What has been paid of it, fen.
    pub paid_minor: i64,
    pub clauses: Vec<PaperClause>,
    /// Drawn at random, so that the hash of the text tells nobody what stands in it.
    pub salt: String,
}

/// A line of the price.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperLine {
    pub kind: PriceLineKind,
    pub code: String,
    pub label: String,
    /// Negative where it lowers the price, fen.
    pub amount_minor: i64,
}

/// A clause with what was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperClause {
    pub code: String,
    pub title: String,
    pub text: String,
    /// Code and words of the option; none where there is nothing to choose.
    pub chosen: Option<(String, String)>,
}

/// Why options cannot be chosen so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// At this place a clause is named that the template does not have.
    Clause(usize),
    /// At this place an option that the clause does not have.
    Option(usize),
    /// At this place a clause that was named before.
    Twice(usize),
}

/// The clauses of a template with the options that were chosen, as pairs of clause and option; the first option where nothing
/// was.
///
/// # Errors
/// The first of the choices that the template does not have.
pub fn choose(clauses: &[Clause], chosen: &[(String, String)]) -> Result<Vec<PaperClause>, Unknown> {
    let mut named = BTreeSet::new();
    for (place, (code, option)) in chosen.iter().enumerate() {
        let clause = clauses.iter().find(|clause| clause.code == *code).ok_or(Unknown::Clause(place))?;
        if clause.options.iter().all(|known| known.code != *option) {
            return Err(Unknown::Option(place));
        }
        if !named.insert(code) {
            return Err(Unknown::Twice(place));
        }
    }
    let option_of = |clause: &Clause| -> Option<ClauseOption> {
        let wanted = chosen.iter().find(|(code, _)| *code == clause.code).map(|(_, option)| option);
        let found = clause.options.iter().find(|option| wanted.is_none_or(|wanted| option.code == *wanted));
        found.cloned()
    };
    Ok(clauses
        .iter()
        .map(|clause| PaperClause {
            code: clause.code.clone(),
            title: clause.title_zh.clone(),
            text: clause.text_zh.clone(),
            chosen: option_of(clause).map(|option| (option.code, option.text_zh)),
        })
        .collect())
}

/// A line of what is signed, and how it stands on a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// The title of all.
    Title(String),
    /// The heading of a part.
    Heading(String),
    /// What is said; may have several lines.
    Plain(String),
    /// What something costs.
    Amount { label: String, amount: String },
    /// Room between parts.
    Gap,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Title(text) | Self::Heading(text) | Self::Plain(text) => f.write_str(text),
            Self::Amount { label, amount } => write!(f, "{label}：{amount}"),
            Self::Gap => Ok(()),
        }
    }
}

/// What is signed, line by line.
pub fn lines(paper: &Paper) -> Vec<Line> {
    let mut lines = vec![Line::Title(paper.title.clone())];
    let mut say = |line: String| lines.push(Line::Plain(line));
    say(format!("合同编号：{}", paper.number));
    say(format!("合同模板：{} 第 {} 版", paper.template_code, paper.template_version));
    say(format!("拟定日期：{}", paper.drawn_up_on.format(DAY)));
    lines.push(Line::Gap);

    let mut say = |line: String| lines.push(Line::Plain(line));
    say(format!("买方：{}", paper.buyer));
    say(format!("卖方：{}（{}）", paper.seller, paper.store));
    lines.push(Line::Gap);

    lines.push(Line::Heading("一、标的车辆".to_owned()));
    let mut say = |line: String| lines.push(Line::Plain(line));
    say(format!("订单编号：{}", paper.order_number));
    say(format!("车型：{} {}（{}）", paper.model, paper.trim, paper.trim_code));
    let options = if paper.option_codes.is_empty() { "无".to_owned() } else { paper.option_codes.join("、") };
    say(format!("选装：{options}"));
    say(format!("上牌城市：{}", paper.city));
    say(format!("交付门店：{}", paper.delivery_store));
    let way = match paper.fulfillment_mode {
        FulfillmentMode::BuildToStock => "现车",
        FulfillmentMode::LocateToOrder => "调拨",
        FulfillmentMode::BuildToOrder => "按订单生产",
    };
    say(format!("供车方式：{way}"));
    say(match paper.ready_by {
        Some(day) => format!("最晚交付日期：{}", day.format(DAY)),
        None => "最晚交付日期：另行约定".to_owned(),
    });
    lines.push(Line::Gap);

    lines.push(Line::Heading("二、价款（人民币元）".to_owned()));
    let mut cost = |label: &str, minor| {
        lines.push(Line::Amount { label: label.to_owned(), amount: Money::from_minor(minor).to_string() });
    };
    for line in &paper.lines {
        cost(&line.label, line.amount_minor);
    }
    cost("合计", paper.total_minor);
    cost("已付", paper.paid_minor);

    for (place, clause) in (3..).zip(&paper.clauses) {
        lines.push(Line::Gap);
        lines.push(Line::Heading(format!("{}、{}", numeral(place), clause.title)));
        lines.push(Line::Plain(clause.text.clone()));
        if let Some((_, chosen)) = &clause.chosen {
            lines.push(Line::Plain(format!("双方选择：{chosen}")));
        }
    }
    lines.push(Line::Gap);
    lines.push(Line::Plain(format!("校验码：{}", paper.salt)));
    lines
}

const DAY: &str = "%Y 年 %-m 月 %-d 日";

/// The text that is signed. The same paper is the same text, to the byte.
pub fn document(paper: &Paper) -> String {
    lines(paper).iter().map(|line| format!("{line}\n")).collect()
}

/// SHA-256 of a text, hexadecimal.
pub fn hash(text: &str) -> String {
    let sum = digest::digest(&digest::SHA256, text.as_bytes());
    sum.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A number below a hundred, as headings are counted.
fn numeral(number: usize) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let (tens, ones) = (number / 10 % 10, number % 10);
    match tens {
        0 => DIGITS[ones].to_owned(),
        1 => format!("十{}", DIGITS[ones]),
        _ => format!("{}十{}", DIGITS[tens], DIGITS[ones]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clause(code: &str, options: &[&str]) -> Clause {
        let option = |code: &&str| ClauseOption {
            code: (*code).to_owned(),
            text_zh: format!("选 {code}"),
            text_en: format!("chosen {code}"),
        };
        Clause {
            code: code.into(),
            title_zh: format!("{code} 条"),
            title_en: code.into(),
            text_zh: "约定。".into(),
            text_en: "Agreed.".into(),
            options: options.iter().map(option).collect(),
        }
    }

    fn pair(clause: &str, option: &str) -> (String, String) {
        (clause.to_owned(), option.to_owned())
    }

    #[test]
    fn what_is_not_chosen_is_the_first_option() {
        let clauses = [clause("DISPUTE", &["COURT", "ARBITRATION"]), clause("WARRANTY", &[])];
        let chosen = choose(&clauses, &[]).unwrap();
        assert_eq!(chosen[0].chosen, Some(pair("COURT", "选 COURT")));
        assert_eq!(chosen[1].chosen, None);
        let chosen = choose(&clauses, &[pair("DISPUTE", "ARBITRATION")]).unwrap();
        assert_eq!(chosen[0].chosen, Some(pair("ARBITRATION", "选 ARBITRATION")));
        assert_eq!(choose(&clauses, &[pair("OTHER", "COURT")]), Err(Unknown::Clause(0)));
        assert_eq!(choose(&clauses, &[pair("WARRANTY", "COURT")]), Err(Unknown::Option(0)));
        let twice = [pair("DISPUTE", "COURT"), pair("DISPUTE", "ARBITRATION")];
        assert_eq!(choose(&clauses, &twice), Err(Unknown::Twice(1)));
    }

    #[test]
    fn headings_are_counted_as_people_do() {
        assert_eq!([1, 3, 10, 11, 19, 20, 25].map(numeral), ["一", "三", "十", "十一", "十九", "二十", "二十五"]);
    }

    #[test]
    fn the_text_says_all_of_the_paper() {
        let paper = Paper {
            number: "HT-YC2611240001-1".into(),
            drawn_up_on: NaiveDate::from_ymd_opt(2026, 11, 24).unwrap(),
            template_code: "SALE".into(),
            template_version: 2,
            title: "汽车买卖合同".into(),
            order_number: "YC2611240001".into(),
            buyer: "欧阳娜娜".into(),
            seller: "曜岑汽车".into(),
            store: "上海徐汇店".into(),
            delivery_store: "上海交付中心".into(),
            city: "上海".into(),
            model: "曜岑 C7".into(),
            trim: "长续航".into(),
            trim_code: "C7-750".into(),
            option_codes: vec!["WHEEL-20".into()],
            fulfillment_mode: FulfillmentMode::BuildToOrder,
            ready_by: NaiveDate::from_ymd_opt(2027, 1, 5),
            lines: vec![PaperLine {
                kind: PriceLineKind::Msrp,
                code: "C7-750".into(),
                label: "长续航".into(),
                amount_minor: 24_980_000,
            }],
            total_minor: 24_980_000,
            paid_minor: 500_000,
            clauses: choose(&[clause("DISPUTE", &["COURT"])], &[]).unwrap(),
            salt: "5f1d".into(),
        };
        let text = document(&paper);
        for said in [
            "汽车买卖合同\n合同编号：HT-YC2611240001-1\n合同模板：SALE 第 2 版\n拟定日期：2026 年 11 月 24 日\n",
            "买方：欧阳娜娜\n卖方：曜岑汽车（上海徐汇店）\n",
            "车型：曜岑 C7 长续航（C7-750）\n选装：WHEEL-20\n",
            "最晚交付日期：2027 年 1 月 5 日\n",
            "长续航：249800.00\n合计：249800.00\n已付：5000.00\n",
            "三、DISPUTE 条\n约定。\n双方选择：选 COURT\n\n校验码：5f1d\n",
        ] {
            assert!(text.contains(said), "{said}\nin\n{text}");
        }
        assert_eq!(document(&paper.clone()), text);
    }
}
