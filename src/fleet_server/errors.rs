//! What the fleet refuses, as problem documents.

use crate::fleet::{AskError, FleetError};
use crate::http::Problem;
use axum::http::StatusCode;

impl From<AskError> for Problem {
    fn from(error: AskError) -> Self {
        let status = match error {
            AskError::NoDevice(_) => StatusCode::NOT_FOUND,
            // Not 401: that would say that who asks is not known here.
            AskError::NoToken(_) | AskError::Unknown => StatusCode::FORBIDDEN,
            AskError::Offline(_) | AskError::Silent | AskError::Lost => StatusCode::GATEWAY_TIMEOUT,
            AskError::NoBroker(_) => StatusCode::SERVICE_UNAVAILABLE,
            AskError::Unwritable(_) => StatusCode::BAD_GATEWAY,
        };
        Self::new(status, error.to_string())
    }
}

impl From<FleetError> for Problem {
    fn from(error: FleetError) -> Self {
        let status = match error {
            FleetError::Ask(error) => return error.into(),
            FleetError::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            FleetError::Busy(_) | FleetError::Keep(_) => StatusCode::SERVICE_UNAVAILABLE,
            FleetError::Broken(_) => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self::new(status, error.to_string())
    }
}
