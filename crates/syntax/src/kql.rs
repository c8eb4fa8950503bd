//! KQL: the query language of Kusto, Microsoft Defender and Sentinel.
