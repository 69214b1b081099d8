//! Words of the customer domain.

use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};

vocabulary! {
    list customer_vocabularies $;

    /// Gender as stated by the customer.
    enum Gender {
        /// Not stated.
        Unknown,
        /// Female.
        Female,
        /// Male.
        Male,
    }

    /// How close a person is to the brand (C013).
    enum LifecycleStage {
        /// Registered.
        Follower,
        /// Takes part.
        Fan,
        /// Wants a car.
        Prospect,
        /// Has one.
        Owner,
        /// Brings others.
        Advocate,
    }

    /// How an identity was verified (C009).
    enum IdentityProvider {
        /// Mobile phone by text message.
        Phone,
        /// WeChat, within one app.
        WechatOpenid,
        /// WeChat, across the maker's apps.
        WechatUnionid,
        /// Sign in with Apple.
        Apple,
        /// Record of a dealer management system.
        Dms,
    }

    /// To whom an invoice is made out (C073).
    enum InvoiceTitleType {
        /// A person.
        Individual,
        /// A company.
        Company,
    }

    /// What a consent is for (C017; PIPL 14, 23, 29).
    enum ConsentPurpose {
        /// Keeping an account.
        Account,
        /// Advertising.
        Marketing,
        /// Passing data to a dealer as a separate controller.
        ShareWithDealer,
        /// Checking the driving licence before a test drive.
        TestDriveLicence,
        /// Using the precise location.
        PreciseLocation,
        /// Asking a lender for credit.
        FinanceCredit,
        /// Content chosen by profile.
        PersonalizedContent,
        /// Passing data abroad.
        CrossBorder,
    }
}
