//! The `codex.rate_limits` event: how much of a plan's windows is used.

use serde::{Deserialize, Serialize};

use crate::decode::lenient;

/// The state of the limits, as pushed by the server before a response.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct RateLimits {
    /// The plan, such as `pro`.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub plan_type: Option<String>,
    /// The windows of the limit that counts for this model.
    #[serde(deserialize_with = "lenient")]
    pub rate_limits: Windows,
    /// Paid credits beyond the plan.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub credits: Option<Credits>,
    /// The meter's name, where a model has one of its own.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub metered_limit_name: Option<String>,
    /// The limit's name.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub limit_name: Option<String>,
}

/// Whether requests are allowed, and the windows that decide it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Windows {
    /// Whether a request would be taken.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub allowed: Option<bool>,
    /// Whether a limit has been reached.
    #[serde(deserialize_with = "lenient")]
    pub limit_reached: bool,
    /// The short window, usually of five hours.
    #[serde(deserialize_with = "lenient")]
    pub primary: Option<Window>,
    /// The long window, usually of a week.
    #[serde(deserialize_with = "lenient")]
    pub secondary: Option<Window>,
}

/// One window of a limit.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Window {
    /// How much of it is used, in percent.
    #[serde(deserialize_with = "lenient")]
    pub used_percent: f64,
    /// Its length.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub window_minutes: Option<u64>,
    /// How long until it starts again.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub reset_after_seconds: Option<u64>,
    /// When it starts again, in seconds since 1970.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub reset_at: Option<u64>,
}

/// Paid credits.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Credits {
    /// Whether there are any.
    #[serde(deserialize_with = "lenient")]
    pub has_credits: bool,
    /// Whether they never end.
    #[serde(deserialize_with = "lenient")]
    pub unlimited: bool,
    /// What is left, as the server writes it.
    #[serde(deserialize_with = "lenient", skip_serializing_if = "Option::is_none")]
    pub balance: Option<String>,
}
