//! The table of KQL's aggregates: what each of their names computes, and what it takes.

/// What is computed of a group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Of {
    Count,
    CountDistinct,
    Sum,
    Avg,
    Min,
    Max,
    Any,
    ArgMin,
    ArgMax,
    Set,
    List,
    ListWithNulls,
    Bag,
    Stdev,
    StdevOfAll,
    Variance,
    VarianceOfAll,
    Covariance,
    CovarianceOfAll,
    And,
    Or,
    Xor,
    Schema,
    /// Percentiles: whether each value has a weight, and whether they come as one array.
    Percentiles {
        is_weighted: bool,
        is_array: bool,
    },
    /// The distinct values, as a sketch would hold them.
    Distinct,
    DistinctOfSketches,
    Digest,
    DigestOfDigests,
}

/// An aggregate by one of its names.
#[derive(Debug, Clone, Copy)]
pub struct Aggregate {
    pub name: &'static str,
    pub of: Of,
    /// How many values of a row it takes, and how many constants it needs and may take behind them.
    pub values: usize,
    pub needs: usize,
    pub most: usize,
    /// Whether a condition stands behind the values.
    pub is_conditional: bool,
    pub summary: &'static str,
}

const fn plain(name: &'static str, of: Of, summary: &'static str) -> Aggregate {
    Aggregate { name, of, values: 1, needs: 0, most: 0, is_conditional: false, summary }
}

impl Aggregate {
    const fn when(self) -> Self {
        Aggregate { is_conditional: true, ..self }
    }

    const fn of_values(self, values: usize) -> Self {
        Aggregate { values, ..self }
    }

    const fn with(self, needs: usize, most: usize) -> Self {
        Aggregate { needs, most, ..self }
    }

    /// The aggregate of a name.
    pub fn named(name: &str) -> Option<&'static Aggregate> {
        AGGREGATES.iter().find(|known| known.name == name)
    }
}

const fn percentiles(name: &'static str, is_weighted: bool, is_array: bool, summary: &'static str) -> Aggregate {
    let of = Of::Percentiles { is_weighted, is_array };
    plain(name, of, summary).of_values(if is_weighted { 2 } else { 1 }).with(1, 64)
}

pub const AGGREGATES: &[Aggregate] = &[
    plain("count", Of::Count, "how many rows").of_values(0).with(0, 1),
    plain("countif", Of::Count, "how many rows for which the condition holds").of_values(0).when(),
    plain("dcount", Of::CountDistinct, "how many distinct values; exact, where Kusto estimates").with(0, 1),
    plain("dcountif", Of::CountDistinct, "how many distinct values among rows for which the condition holds")
        .when()
        .with(0, 1),
    plain("count_distinct", Of::CountDistinct, "how many distinct values"),
    plain("count_distinctif", Of::CountDistinct, "how many distinct values among rows for which the condition holds")
        .when(),
    plain("sum", Of::Sum, "the sum"),
    plain("sumif", Of::Sum, "the sum over rows for which the condition holds").when(),
    plain("avg", Of::Avg, "the mean"),
    plain("avgif", Of::Avg, "the mean over rows for which the condition holds").when(),
    plain("min", Of::Min, "the least value"),
    plain("minif", Of::Min, "the least value among rows for which the condition holds").when(),
    plain("max", Of::Max, "the greatest value"),
    plain("maxif", Of::Max, "the greatest value among rows for which the condition holds").when(),
    plain("make_set", Of::Set, "the distinct values as a dynamic array").with(0, 1),
    plain("make_set_if", Of::Set, "the distinct values of rows for which the condition holds").when().with(0, 1),
    plain("makeset", Of::Set, "the distinct values as a dynamic array").with(0, 1),
    plain("make_list", Of::List, "the values as a dynamic array").with(0, 1),
    plain("make_list_if", Of::List, "the values of rows for which the condition holds").when().with(0, 1),
    plain("make_list_with_nulls", Of::ListWithNulls, "the values as a dynamic array, nulls too"),
    plain("makelist", Of::List, "the values as a dynamic array").with(0, 1),
    plain("make_bag", Of::Bag, "the properties of all bags in one").with(0, 1),
    plain("make_bag_if", Of::Bag, "the properties of the bags of rows for which the condition holds").when().with(0, 1),
    plain("arg_max", Of::ArgMax, "the row with the greatest value"),
    plain("arg_min", Of::ArgMin, "the row with the least value"),
    plain("argmax", Of::ArgMax, "the row with the greatest value"),
    plain("argmin", Of::ArgMin, "the row with the least value"),
    plain("take_any", Of::Any, "the value of any row"),
    plain("take_anyif", Of::Any, "the value of any row for which the condition holds").when(),
    plain("any", Of::Any, "the value of any row"),
    plain("anyif", Of::Any, "the value of any row for which the condition holds").when(),
    plain("stdev", Of::Stdev, "the standard deviation of a sample"),
    plain("stdevif", Of::Stdev, "the standard deviation over rows for which the condition holds").when(),
    plain("stdevp", Of::StdevOfAll, "the standard deviation of a population"),
    plain("stdevpif", Of::StdevOfAll, "that of the population of rows for which the condition holds").when(),
    plain("variance", Of::Variance, "the variance of a sample"),
    plain("varianceif", Of::Variance, "the variance over rows for which the condition holds").when(),
    plain("variancep", Of::VarianceOfAll, "the variance of a population"),
    plain("variancepif", Of::VarianceOfAll, "that of the population of rows for which the condition holds").when(),
    plain("covariance", Of::Covariance, "the covariance of a sample").of_values(2),
    plain("covarianceif", Of::Covariance, "the covariance over rows for which the condition holds").of_values(2).when(),
    plain("covariancep", Of::CovarianceOfAll, "the covariance of a population").of_values(2),
    plain("covariancepif", Of::CovarianceOfAll, "that of the population of rows for which the condition holds")
        .of_values(2)
        .when(),
    plain("binary_all_and", Of::And, "the bits that all numbers have"),
    plain("binary_all_or", Of::Or, "the bits that any number has"),
    plain("binary_all_xor", Of::Xor, "the bits that an odd count of numbers has"),
    plain("buildschema", Of::Schema, "what types the values have, and the properties of bags"),
    percentiles("percentile", false, false, "the value below which a percentage of the values lies; exact").with(1, 1),
    percentiles("percentiles", false, false, "several percentiles, a column each; exact, where Kusto estimates"),
    percentiles("percentiles_array", false, true, "several percentiles as a dynamic array; exact"),
    percentiles("percentilew", true, false, "a percentile of values that have weights; exact").with(1, 1),
    percentiles("percentilesw", true, false, "several percentiles of values that have weights; exact"),
    percentiles("percentilesw_array", true, true, "the same as a dynamic array; exact"),
    plain("hll", Of::Distinct, "the distinct values, for dcount_hll; exact, where Kusto keeps a sketch").with(0, 1),
    plain("hll_if", Of::Distinct, "the distinct values of rows for which the condition holds").when().with(0, 1),
    plain("hll_merge", Of::DistinctOfSketches, "the distinct values of several hll in one"),
    plain("hll_merge_if", Of::DistinctOfSketches, "the same of rows for which the condition holds").when(),
    plain("tdigest", Of::Digest, "the values and how often each comes; exact, where Kusto keeps a sketch").with(0, 1),
    plain("tdigest_merge", Of::DigestOfDigests, "the values of several tdigest in one"),
    plain("merge_tdigest", Of::DigestOfDigests, "the values of several tdigest in one"),
    plain("merge_tdigests", Of::DigestOfDigests, "the values of several tdigest in one"),
];
