//! Checks recorded requests against the compact contract of a vendor's endpoints.
