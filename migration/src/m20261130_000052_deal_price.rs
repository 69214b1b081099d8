//! Sales of dealers that were not ordered here.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
CREATE TABLE deal_price (
    id             {uuid} NOT NULL PRIMARY KEY,
    store_id       {uuid} NOT NULL REFERENCES store,
    invoice_number text NOT NULL,
    trim_id        {uuid} NOT NULL REFERENCES trim,
    city_code      text NOT NULL,
    price_minor    bigint NOT NULL CHECK (price_minor > 0),
    sold_on        {date} NOT NULL,
    reported_by    text NOT NULL,
    version        integer NOT NULL CHECK (version >= 1),
    created_at     {instant} NOT NULL,
    updated_at     {instant} NOT NULL
);
-- A sale is told of once, or anew.
CREATE UNIQUE INDEX idx_deal_price_store_id_invoice_number ON deal_price (store_id, invoice_number);
-- Sales of a trim in a city or a province, the newest first.
CREATE INDEX idx_deal_price_trim_id_city_code_sold_on ON deal_price (trim_id, city_code, sold_on);
-- A store's, newest first, and all.
CREATE INDEX idx_deal_price_store_id_created_at_id ON deal_price (store_id, created_at, id);
CREATE INDEX idx_deal_price_created_at_id ON deal_price (created_at, id);
";

const DOWN: &str = "
DROP TABLE deal_price;
";
