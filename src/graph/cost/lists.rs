//! The lists that come whole: how many objects each holds at most, for the reckoning of a document's cost. A page's length
//! is an argument and stands in the document. Where the relation itself ends at a number it is that; the histories of one car, order or customer
//! and their own things have no end in the store, and the number is what they have at most as things are.

/// By type and field.
const LISTS: &[(&str, &str, u64)] = &[
    ("ChangeRequest", "refunds", 10),
    ("Configuration", "options", 20),
    ("ConfiguratorState", "options", 60),
    ("ConfiguratorState", "problems", 20),
    ("Customer", "consents", 50),
    ("Customer", "identities", 10),
    ("Customer", "orders", 20),
    ("Customer", "vehicles", 20),
    ("Delivery", "checklist", 10),
    ("Eta", "revisions", 50),
    ("EventPage", "events", 100),
    ("FinanceCalculation", "schedule", 120),
    ("FinancePlan", "terms", 10),
    ("HandoverAppointment", "addOns", 12),
    ("HandoverCeremony", "addOns", 12),
    ("InboundEventReplayPayload", "events", 100),
    ("Contract", "clauses", 30),
    ("ContractOrderSnapshot", "lines", 30),
    ("ContractTemplate", "clauses", 30),
    ("ContractTemplateClause", "options", 6),
    ("InventorySummary", "byCity", 400),
    ("InventorySummary", "byStockType", 10),
    ("InventorySummary", "byTrim", 50),
    ("Lead", "followUps", 100),
    ("Lead", "testDrives", 100),
    ("Lead", "timeline", 100),
    ("Lead", "touchpoints", 100),
    ("LoyaltyAccount", "lots", 100),
    ("MilestoneRecordPayload", "milestones", 40),
    ("OptionGroup", "options", 20),
    ("OptionState", "blockedBy", 5),
    ("Order", "changeRequests", 10),
    ("Order", "contracts", 20),
    ("Order", "financeApplications", 10),
    ("Order", "milestones", 40),
    ("Order", "payments", 20),
    ("Order", "preparationTasks", 10),
    ("Order", "refunds", 20),
    ("Order", "timeline", 100),
    ("OrderPriceBreakdown", "lines", 30),
    ("Payment", "attempts", 20),
    ("PriceBreakdown", "laterIncentives", 20),
    ("PriceBreakdown", "lines", 30),
    ("PriceBreakdown", "nonCashIncentives", 20),
    ("Query", "cities", 400),
    ("Query", "contractTemplates", 10),
    ("Query", "financePlans", 40),
    ("Query", "handoverCeremonies", 20),
    ("Query", "handoverSlots", 336),
    ("Query", "incentives", 20),
    ("Query", "redemptionItems", 50),
    ("Query", "tiers", 10),
    ("Query", "upstreamSystems", 500),
    ("Query", "vehicleModels", 20),
    ("Trim", "specs", 60),
    ("TrimComparison", "rows", 80),
    ("TrimComparison", "trims", 4),
    ("VehicleModel", "media", 20),
    ("VehicleModel", "optionGroups", 15),
    ("VehicleModel", "optionRules", 60),
    ("VehicleModel", "trims", 12),
    ("VehicleUnit", "timeline", 50),
    ("VehicleUnit", "transportLegs", 10),
    ("WebhookDelivery", "attempts", 50),
    ("WebhookDeliveryReplayPayload", "deliveries", 100),
];

/// What a user can put right, of any payload.
const USER_ERRORS: u64 = 20;

/// How many objects a list holds at most; none when it is not among those that come whole.
pub fn most(of: &str, field: &str) -> Option<u64> {
    if field == "userErrors" {
        return Some(USER_ERRORS);
    }
    LISTS.iter().find(|(object, name, _)| *object == of && *name == field).map(|(.., most)| *most)
}
