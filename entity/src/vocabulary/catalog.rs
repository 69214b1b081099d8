//! Words of the catalog domain.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list catalog_vocabularies $;

    /// Shape of a car.
    enum BodyType {
        /// Hatchback.
        Hatchback,
        /// Sedan.
        Sedan,
        /// Sport utility vehicle.
        Suv,
    }

    /// What a thing is that shows a car.
    enum MediaKind {
        /// A picture.
        Image,
        /// A film.
        Video,
        /// Pictures all around, to turn the car by hand.
        Spin360,
        /// A model in three dimensions, glTF.
        Glb,
        /// The same for Apple's devices.
        Usdz,
    }

    /// What moves a car.
    enum Powertrain {
        /// Battery electric.
        Bev,
        /// Extended range electric.
        Erev,
        /// Plug-in hybrid.
        Phev,
    }

    /// How a loan is paid back (C048; domain.md 3.3).
    enum FinanceMethod {
        /// The same instalment each month; of it interest falls and principal rises.
        EqualInstalment,
        /// The same principal each month; instalments fall.
        EqualPrincipal,
        /// The same instalment each month, and a part of the loan with the last one.
        Balloon,
        /// As a balloon: the last payment is the residual value, for which the car can be kept.
        Lease,
    }

    /// What a package is about (C053).
    enum BenefitKind {
        /// A longer or wider warranty.
        Warranty,
        /// Charging: a wall box, credit at charging points.
        Charging,
        /// Services and wear parts.
        Maintenance,
        /// Data and functions of the car.
        Connectivity,
        /// Insurance.
        Insurance,
        /// What goes with the way of life.
        Lifestyle,
    }

    /// How many options of a group may be chosen.
    enum OptionSelection {
        /// Exactly one.
        One,
        /// Any number.
        Many,
    }

    /// What a rule of the configurator says (C043).
    enum OptionRuleKind {
        /// The first options need all of the second.
        Requires,
        /// The first options forbid each of the second.
        Excludes,
        /// The first options bring the second with them.
        Includes,
        /// The first options are for these trims only.
        OnlyWithTrim,
    }

    /// State of a price book.
    enum PriceBookStatus {
        /// Being written.
        Draft,
        /// In force within its dates.
        Published,
        /// Out of use.
        Archived,
    }

    /// Kind of incentive (domain.md 4.2).
    enum IncentiveKind {
        /// Relief of the national purchase tax.
        NationalPurchaseTax,
        /// For replacing an old car, paid by a city.
        LocalReplacement,
        /// On top of another one.
        LocalTopup,
        /// A plate instead of money.
        NonCashPlate,
        /// For scrapping an old car.
        NationalScrap,
        /// The brand's own offer.
        BrandOffer,
        /// A charger as a gift.
        ChargerGift,
        /// Help with the insurance.
        InsuranceSubsidy,
    }

    /// Who pays an incentive.
    enum IncentivePayer {
        /// The state.
        GovNational,
        /// A city or province.
        GovLocal,
        /// The car maker.
        Brand,
        /// A lender.
        Lender,
    }

    /// How an incentive's amount is reckoned.
    enum IncentiveAmountKind {
        /// A fixed amount.
        Fixed,
        /// A share of the price.
        Percent,
        /// As the tax rule says (domain.md 3.3).
        TaxRelief,
        /// Not money.
        NonCash,
    }
}
