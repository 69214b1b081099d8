//! Indexes of the cars that are still there. Lists leave out what was handed over or written off, which with the years is
//! nearly all.

use crate::helpers::Step;

pub const STEP: Step = Step { module: module_path!(), lists: &[], up: UP, down: DOWN };

const UP: &str = "
-- All stock by age.
CREATE INDEX idx_vehicle_unit_present_stock_since_id ON vehicle_unit (stock_since, id)
    WHERE physical_status NOT IN ('DELIVERED', 'TOTAL_LOSS');
-- All stock by price.
CREATE INDEX idx_vehicle_unit_present_price_minor_id ON vehicle_unit (price_minor, id)
    WHERE physical_status NOT IN ('DELIVERED', 'TOTAL_LOSS');
DROP INDEX idx_vehicle_unit_price_minor_id;
-- Stock of a store by age.
CREATE INDEX idx_vehicle_unit_present_store_id_stock_since_id ON vehicle_unit (store_id, stock_since, id)
    WHERE physical_status NOT IN ('DELIVERED', 'TOTAL_LOSS');
DROP INDEX idx_vehicle_unit_store_id_stock_since_id;
CREATE INDEX idx_vehicle_unit_store_id ON vehicle_unit (store_id);
-- Stock of a city by age.
CREATE INDEX idx_vehicle_unit_present_city_code_stock_since_id ON vehicle_unit (city_code, stock_since, id)
    WHERE physical_status NOT IN ('DELIVERED', 'TOTAL_LOSS');
DROP INDEX idx_vehicle_unit_city_code_stock_since_id;
";

const DOWN: &str = "
CREATE INDEX idx_vehicle_unit_city_code_stock_since_id ON vehicle_unit (city_code, stock_since, id);
DROP INDEX idx_vehicle_unit_present_city_code_stock_since_id;
DROP INDEX idx_vehicle_unit_store_id;
CREATE INDEX idx_vehicle_unit_store_id_stock_since_id ON vehicle_unit (store_id, stock_since, id);
DROP INDEX idx_vehicle_unit_present_store_id_stock_since_id;
CREATE INDEX idx_vehicle_unit_price_minor_id ON vehicle_unit (price_minor, id);
DROP INDEX idx_vehicle_unit_present_price_minor_id;
DROP INDEX idx_vehicle_unit_present_stock_since_id;
";
