//! What the demo's contracts are drawn up from (C070). The words are invented and no advice.

use chrono::{DateTime, TimeDelta, Utc};
use entity::order::contract_template;
use entity::{Clause, ClauseOption, Clauses};

use super::batch::Batch;
use super::dice::Dice;

/// Code, Chinese and English.
type Words = (&'static str, &'static str, &'static str);

/// Heading, text, options.
const CLAUSES: &[(Words, (&str, &str), &[Words])] = &[
    (
        ("DEPOSIT", "定金", "Deposit"),
        (
            "定金不超过总价的百分之二十，抵作价款。买方不履行的，无权请求返还；卖方不履行的，双倍返还。",
            "The deposit is at most a fifth of the price and counts towards it. A buyer who does not perform has no claim to it; a seller who does not perform returns it twice.",
        ),
        &[],
    ),
    (
        ("DELIVERY", "交付", "Delivery"),
        (
            "卖方在最晚交付日期前通知买方提车，风险自交付时转移。",
            "The seller tells the buyer to collect the car before the last day of delivery; the risk passes with the car.",
        ),
        &[("STORE", "在交付门店交付", "At the delivery store"), ("HOME", "送车上门", "At the buyer's home")],
    ),
    (
        ("LATE", "迟延", "Delay"),
        (
            "超过最晚交付日期三十日仍未交付的，买方可以解除合同。",
            "Thirty days after the last day of delivery the buyer may withdraw.",
        ),
        &[
            (
                "INTEREST",
                "卖方按已付款的日万分之一支付违约金",
                "The seller pays a ten-thousandth a day of what was paid",
            ),
            ("CHARGING", "卖方赠送充电权益作为补偿", "The seller gives charging credit instead"),
        ],
    ),
    (
        ("WARRANTY", "三包", "Warranty"),
        (
            "卖方依照家用汽车产品修理更换退货责任规定承担三包责任。",
            "The seller answers under the rules on repair, replacement and return of household cars.",
        ),
        &[],
    ),
    (
        ("DISPUTE", "争议解决", "Disputes"),
        ("双方先行协商。", "The parties first talk."),
        &[
            ("COURT", "协商不成的，由卖方所在地人民法院管辖", "Then the court at the seller's seat decides"),
            ("ARBITRATION", "协商不成的，提交上海仲裁委员会仲裁", "Then the Shanghai Arbitration Commission decides"),
        ],
    ),
];

/// Dice of its own, so that what came before it stays as it is.
pub(super) fn build(seed: u64, today: DateTime<Utc>, batch: &mut Batch) {
    let mut dice = Dice::new(seed.wrapping_add(0xC7));
    let clauses = CLAUSES.iter().map(|((code, title_zh, title_en), (text_zh, text_en), options)| Clause {
        code: (*code).to_owned(),
        title_zh: (*title_zh).to_owned(),
        title_en: (*title_en).to_owned(),
        text_zh: (*text_zh).to_owned(),
        text_en: (*text_en).to_owned(),
        options: options
            .iter()
            .map(|(code, text_zh, text_en)| ClauseOption {
                code: (*code).to_owned(),
                text_zh: (*text_zh).to_owned(),
                text_en: (*text_en).to_owned(),
            })
            .collect(),
    });
    batch.contract_templates.push(contract_template::Model {
        id: dice.id(),
        code: "SALE".into(),
        template_version: 1,
        name_zh: "汽车买卖合同".into(),
        name_en: "Car sale".into(),
        sales_model: None,
        clauses: Clauses(clauses.collect()),
        published_by: "system".into(),
        published_at: today - TimeDelta::days(700),
    });
}
