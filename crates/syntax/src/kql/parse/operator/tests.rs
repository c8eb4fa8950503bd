//! Each operator's forms, and what of them the tree holds.

use crate::kql::parse;
use crate::kql::tree::*;
use crate::source::Source as Text;

fn operator(text: &str) -> OperatorKind {
    let parsed = parse(&Text::new("q", format!("T | {text}")));
    assert_eq!(parsed.diagnostics, vec![], "{text}");
    parsed.tree.body.unwrap().operators.remove(0).kind
}

fn name(name: &Option<Name>) -> &str {
    name.as_ref().map_or("", |name| &name.text)
}

#[test]
fn make_series_in_both_forms() {
    let OperatorKind::MakeSeries(series) =
        operator("make-series kind=nonempty n=count() default=0, sum(x) on t from ago(1d) to now() step 1h by a, b")
    else {
        panic!()
    };
    assert_eq!((series.aggregates.len(), series.by.len(), series.is_nonempty), (2, 2, true));
    assert!(series.aggregates[0].default.is_some() && series.aggregates[1].default.is_none());
    assert!(series.axis.from.is_some() && series.axis.to.is_some() && !series.axis.in_range);
    let OperatorKind::MakeSeries(series) = operator("make-series count() on day=t in range(ago(1d), now(), 1h)") else {
        panic!()
    };
    assert_eq!((name(&series.axis.on.name), series.axis.in_range), ("day", true));
    let OperatorKind::MakeSeries(series) = operator("make-series count() on t step 1h") else { panic!() };
    assert_eq!((series.axis.from, series.axis.to), (None, None));
}

#[test]
fn mv_operators_keep_names_types_and_limits() {
    let OperatorKind::MvExpand(expand) =
        operator("mv-expand bagexpansion=array with_itemindex=i x = d to typeof(long), e.f limit 10")
    else {
        panic!()
    };
    assert_eq!((name(&expand.with_index), expand.as_array, expand.limit.is_some()), ("i", true, true));
    assert_eq!((name(&expand.columns[0].name), name(&expand.columns[0].to)), ("x", "long"));
    assert!(matches!(operator("mvexpand a"), OperatorKind::MvExpand(_)));
    let OperatorKind::MvApply(apply) = operator("mv-apply with_itemindex=i x = d on (where x > 1 | top 1 by x)") else {
        panic!()
    };
    assert_eq!((name(&apply.with_index), apply.body.operators.len()), ("i", 2));
}

#[test]
fn parse_operators_keep_their_patterns() {
    let OperatorKind::Parse(pattern) = operator("parse-where kind=regex flags=Ui a with * 'x' 'y' b:long 'z' c") else {
        panic!()
    };
    assert_eq!((name(&pattern.kind), name(&pattern.flags), pattern.filters), ("regex", "Ui", true));
    assert_eq!(pattern.parts[..2], [ParsePart::Skip, ParsePart::Text("xy".into())]);
    assert!(
        matches!(&pattern.parts[2], ParsePart::Column(column, Some(kind)) if column.text == "b" && kind.text == "long")
    );
    let OperatorKind::ParseKv(parse) =
        operator("parse-kv a as (k:string, v:long) with (pair_delimiter=';', quote='\"')")
    else {
        panic!()
    };
    let properties: Vec<&str> = parse.properties.iter().map(|property| property.name.text.as_str()).collect();
    assert_eq!((parse.keys.len(), properties), (2, vec!["pair_delimiter", "quote"]));
}

#[test]
fn scan_has_its_clauses_and_steps() {
    let OperatorKind::Scan(scan) = operator(
        "scan with_match_id=m order by t asc partition by k declare (x:long=0, y:string) \
         with (step s1 optional output=last: a > 1 => x = s1.x + 1, y = 'z'; step s2: true;)",
    ) else {
        panic!()
    };
    assert_eq!((name(&scan.match_id), scan.order_by.len(), scan.partition_by.len()), ("m", 1, 1));
    assert!(scan.declared[0].default.is_some() && scan.declared[1].default.is_none());
    let steps: Vec<_> = scan.steps.iter().map(|step| (step.is_optional, step.output, step.assignments.len())).collect();
    assert_eq!(steps, vec![(true, ScanOutput::Last, 2), (false, ScanOutput::All, 0)]);
}

#[test]
fn partition_has_two_bodies() {
    let body = |text: &str| match operator(text) {
        OperatorKind::Partition(partition) => partition.body,
        other => panic!("{other:?}"),
    };
    let rows = body("partition hint.strategy=native by a (top 1 by b | count)");
    assert!(matches!(rows, PartitionBody::Rows(rows) if rows.operators.len() == 2));
    assert!(matches!(body("partition by a { U | where x == a }"), PartitionBody::Query(_)));
}

#[test]
fn top_and_its_kin() {
    let OperatorKind::TopNested(levels) =
        operator("top-nested 3 of a with others='x' by s=sum(b) asc, top-nested of bin(c, 5) by count()")
    else {
        panic!()
    };
    let levels: Vec<_> =
        levels.iter().map(|level| (level.count.is_some(), level.others.is_some(), level.ascending)).collect();
    assert_eq!(levels, vec![(true, true, true), (false, false, false)]);
    assert!(matches!(operator("top-hitters 5 of a by b"), OperatorKind::TopHitters(TopHitters { by: Some(_), .. })));
    assert!(
        matches!(operator("top 5 by a nulls first"), OperatorKind::Top { by, .. } if by[0].nulls_first == Some(true))
    );
    assert!(matches!(operator("sample 5"), OperatorKind::Sample(_)));
    assert!(matches!(operator("sample-distinct 5 of a"), OperatorKind::SampleDistinct { .. }));
}

#[test]
fn search_and_find_take_terms() {
    let OperatorKind::Search(search) = operator("search kind=case_sensitive in (U, V*) a:'x' and ('y' or b == 1)")
    else {
        panic!()
    };
    assert_eq!((search.tables.len(), search.case_sensitive), (2, true));
    assert!(matches!(search.condition.kind, ExprKind::And(terms) if matches!(terms[0].kind, ExprKind::Term { .. })));
    let parsed = parse(&Text::new("q", "find withsource=s in (T) where 'x' project a, b:long, pack(*)"));
    let Some(Pipeline { source: crate::kql::tree::Source::Find(find), .. }) = parsed.tree.body else { panic!() };
    assert_eq!(name(&find.with_source), "s");
    assert!(matches!(find.output, FindOutput::Columns { columns, pack: true } if columns.len() == 2));
}

#[test]
fn plugins_have_arguments_and_schemas() {
    let OperatorKind::Evaluate(plugin) = operator("evaluate hint.distribution=single f(T, a, b=1) : (*, c:string)")
    else {
        panic!()
    };
    assert_eq!((plugin.plugin.text.as_str(), plugin.args.len(), name(&plugin.args[2].name)), ("f", 3, "b"));
    assert!(plugin.schema.is_some_and(|schema| schema.is_open && schema.columns.len() == 1));
    assert!(matches!(operator("invoke f('x')"), OperatorKind::Invoke(invoke) if invoke.args.len() == 1));
}

#[test]
fn union_and_join_keep_their_settings() {
    let OperatorKind::Union(union) = operator("union kind=inner withsource='s t' isfuzzy=true U*, (V | take 1), W")
    else {
        panic!()
    };
    assert_eq!((union.is_inner, union.is_fuzzy, name(&union.with_source), union.parts.len()), (true, true, "s t", 3));
    for (kind, wanted) in JoinKind::NAMES {
        assert!(
            matches!(operator(&format!("join kind = {kind} U on a")), OperatorKind::Join(join) if join.kind == *wanted)
        );
    }
    assert!(matches!(operator("join U on a"), OperatorKind::Join(join) if join.kind == JoinKind::InnerUnique));
    let OperatorKind::Lookup(lookup) = operator("lookup U on $left.a == $right.b and c, ($right['d e'] == $left.f)")
    else {
        panic!()
    };
    assert_eq!((lookup.kind, lookup.on.len()), (JoinKind::LeftOuter, 3));
    assert!(matches!(&lookup.on[2], JoinKey::Pair(left, right) if left.text == "f" && right.text == "d e"));
}

#[test]
fn several_names_share_one_value() {
    let OperatorKind::Extend(items) = operator("extend (a, ['b c'], d) = f(x), (e), g = 1") else { panic!() };
    assert_eq!((name(&items[0].name), items[0].more_names.len(), items.len()), ("a", 2, 3));
    assert_eq!((items[1].name.is_none(), items[1].more_names.len()), (true, 0));
}

#[test]
fn render_keeps_its_properties_in_both_spellings() {
    for text in
        ["render timechart with (title='x', ycolumns=a, b, series=c)", "render timechart title='x' kind=stacked"]
    {
        let OperatorKind::Render(render) = operator(text) else { panic!() };
        assert_eq!((render.chart.text.as_str(), render.properties[0].name.text.as_str()), ("timechart", "title"));
    }
}
