//! What several domains speak of.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list shared_vocabularies $;

    /// Part of the country (domain.md 4.1).
    enum Region {
        /// Beijing, Tianjin, Hebei, Shanxi, Inner Mongolia.
        North,
        /// Liaoning, Jilin, Heilongjiang.
        Northeast,
        /// Shanghai, Jiangsu, Zhejiang, Anhui, Fujian, Shandong.
        East,
        /// Jiangxi, Henan, Hubei, Hunan.
        Central,
        /// Guangdong, Guangxi, Hainan.
        South,
        /// Chongqing, Sichuan, Guizhou, Yunnan, Tibet.
        Southwest,
        /// Shaanxi, Gansu, Qinghai, Ningxia, Xinjiang.
        Northwest,
    }

    /// Kind of party in the chain from plant to customer (C084).
    enum OrganizationKind {
        /// The car maker.
        Oem,
        /// A sales region of the car maker.
        Region,
        /// A group that owns several stores.
        DealerGroup,
        /// A store's legal person.
        Store,
        /// A plant.
        Plant,
        /// A carrier or hub.
        Logistics,
        /// A lender.
        Lender,
    }

    /// Who owns the stock and sets the price (C078; domain.md 3.5).
    enum SalesModel {
        /// The car maker sells.
        Direct,
        /// An agent sells in the car maker's name, for a commission.
        Agency,
        /// A dealer buys and sells in its own name.
        Wholesale,
    }

    /// What a store offers.
    enum StoreService {
        /// Cars are shown and sold.
        Sales,
        /// Test drives start here.
        TestDrive,
        /// Cars are handed over.
        Delivery,
        /// Maintenance and repair.
        Service,
        /// Public chargers.
        Charging,
    }

    /// What the caller is; carried by the token.
    enum Role {
        /// A signed-in customer.
        Customer,
        /// A sales consultant of one store.
        Consultant,
        /// The manager of one store.
        StoreManager,
        /// An operator of the car maker.
        Operator,
        /// An upstream system.
        PartnerSystem,
    }

    /// Where something reached us from (C001).
    enum Channel {
        /// The mobile app.
        App,
        /// A WeChat mini-program.
        MiniProgram,
        /// The public web site.
        Web,
        /// Walk-in at a store.
        Store,
        /// Another company's platform.
        ThirdParty,
        /// A system of the car maker.
        System,
    }

    /// Language of texts (domain.md 2.3, choice 10).
    enum Locale {
        /// Simplified Chinese.
        ZhCn,
        /// English.
        En,
    }
}
