"""Texts of files get the kind that all their rows say, or one message with file and remedy."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from causal_dask.errors import InvalidData, InvalidInput
from causal_dask.jobs.tables.column import Reading
from causal_dask.jobs.tables.open_files import labels, open_files
from causal_dask.jobs.tables.typed_text import MISSING

NAN = math.nan


def opened(folder, raw, *, name="t.csv", **reading):
    (folder / name).write_bytes(raw.encode() if isinstance(raw, str) else raw)
    return open_files([str(folder / name)], "job.yaml, data.path", Reading(**reading))


def column_of(folder, texts, **reading):
    """A column of a file that has no other."""
    quoted = "".join(f'"{text}","-1"\n' for text in texts)
    return opened(folder, "x,filler\n" + quoted, **reading).column("x")


MANY = [str(n) for n in range(30)]

KINDS = {
    "whole": (["1", "-2", "+3"], "numbers", [1, -2, 3]),
    "whole, with a gap in the last row": (["1", "2", ""], "numbers", [1, 2, NAN]),
    "floats": (["1.5", ".5", "2.", "1e3", "-2E-1"], "numbers", [1.5, 0.5, 2, 1000, -0.2]),
    "commas": (["1,5", "2", "-0,25"], "numbers", [1.5, 2, -0.25]),
    "points and thousands": (["1,234.5", "7", "1,000,000"], "numbers", [1234.5, 7, 1e6]),
    "commas and thousands": (["1.234,5", "7", "1.000.000"], "numbers", [1234.5, 7, 1e6]),
    "blanks between thousands": (["1 234,5", "12 000"], "numbers", [1234.5, 12000]),
    "apostrophes between thousands": (["1'234.5", "2'000"], "numbers", [1234.5, 2000]),
    "currency": (["$1,000.00", "-$2.50", "$ 3.25"], "numbers", [1000, -2.5, 3.25]),
    "percent": (["12.5%", "3 %"], "numbers", [12.5, 3]),
    "accountants": (["(1.50)", "2.50"], "numbers", [-1.5, 2.5]),
    "long minus": (["−1.5", "2.5"], "numbers", [-1.5, 2.5]),
    "one question mark": (["1.5", "2.5", "?"], "numbers", [1.5, 2.5, NAN]),
    "SAS": (["1.5", ".", ".A"], "numbers", [1.5, NAN, NAN]),
    "Excel's errors": (["1.5", "#DIV/0!", "2.5"], "numbers", [1.5, NAN, 2.5]),
    "infinity": (["1.5", "inf", "2.5"], "numbers", [1.5, NAN, 2.5]),
    "a word in the last row": ([*MANY, "unknown"], "numbers", [*range(30), NAN]),
    "codes": (["01", "02", "11"], "categories", ["01", "02", "11"]),
    "long codes": (["1234567890123456789"] * 2, "categories", ["1234567890123456789"] * 2),
    "words": (["b", "a", ""], "categories", ["b", "a", NAN]),
    "few numbers and a word": (["1", "2", "other"], "categories", ["1", "2", "other"]),
    "None is a word": (["None", "drug"], "categories", ["None", "drug"]),
    "truth": (["TRUE", "false", ""], "truth values", [1, 0, NAN]),
    "nothing": (["", "NA", "NULL"], "empty", [NAN, NAN, NAN]),
    "dates": (["2020-01-31", "2020-02-29", "NULL"], "dates", ["2020-01-31", "2020-02-29", None]),
}


@pytest.mark.parametrize(("texts", "kind", "values"), KINDS.values(), ids=KINDS)
def test_a_column_is_what_all_its_rows_say(texts, kind, values, tmp_path):
    found = column_of(tmp_path, texts)
    assert found.kind == kind
    expected = pd.Series(values, dtype=object)
    assert found.series.astype(object).where(found.series.notna(), None).tolist() == (
        expected.where(expected.notna(), None).tolist()
    )


@pytest.mark.parametrize(
    ("texts", "fragment"),
    [
        (["1.5", "?"], "words in 1 of 2 rows ('?'), which are read as missing"),
        ([*MANY, "unknown"], "words in 1 of 31 rows ('unknown')"),
        (["1", "2", "3", "other"], "is read as categories: 1 of its 4 values are words"),
        (["€1.50", "€2.50"], "has numbers with '€', which is left out"),
        (["DE", "NA", "FR"], "codes of two letters, and NA among them (1 rows)"),
    ],
)
def test_what_can_be_read_two_ways_is_told(texts, fragment, tmp_path):
    assert fragment in column_of(tmp_path, texts).remark


@pytest.mark.parametrize("texts", [["1.5", "2"], ["01", "02"], ["a", "b"], ["1", ""], ["DE", "FR"]])
def test_nothing_is_told_of_an_ordinary_column(texts, tmp_path):
    assert not column_of(tmp_path, texts).remark


def test_the_sign_of_other_columns_decides_between_thousands_and_decimals(tmp_path):
    german = opened(tmp_path, "x;y\n1.234;0,5\n2.345;1,5\n")
    assert german.column("x").series.tolist() == [1234, 2345]
    assert "'1.234', which are read as '1234'" in german.column("x").remark
    english = opened(tmp_path, 'x,y\n"1,234",0.5\n"2,345",1.5\n')
    assert english.column("x").series.tolist() == [1234, 2345]
    points = opened(tmp_path, "x;y\n" + "".join(f"{n}.234;0.{n}\n" for n in range(1, 9)))
    assert points.column("x").series.tolist() == [n + 0.234 for n in range(1, 9)]
    points = opened(tmp_path, "x,y\n1.234,0.5\n2.345,1.5\n").column("x")
    assert (points.series.tolist(), points.remark) == ([1.234, 2.345], "")


@pytest.mark.parametrize("texts", [["1,234", "2,345"], ["999", "1.234"], ["1,234", "1.234"]])
def test_a_sign_that_nothing_decides_is_refused(texts, tmp_path):
    with pytest.raises(InvalidInput, match=r"'x' has numbers such as '1.234', .* Set data.decimal"):
        column_of(tmp_path, texts)


@pytest.mark.parametrize(("separator", "refused"), [(";", True), (",", False)])
def test_points_that_may_be_german_thousands_are_refused_where_semicolons_separate(
    separator, refused, tmp_path
):
    rows = "".join(f"{n}.{n}00{separator}{n}\n" for n in range(1, 6))
    table = opened(tmp_path, f"x{separator}n\n{rows}")
    if refused:
        with pytest.raises(InvalidInput, match=r"'x' has numbers such as '1.100', whose point"):
            table.column("x")
    else:
        assert table.column("x").series.tolist() == [1.1, 2.2, 3.3, 4.4, 5.5]


@pytest.mark.parametrize(("sign", "value"), [(",", 1.234), (".", 1234)])
def test_a_sign_can_be_given(sign, value, tmp_path):
    assert column_of(tmp_path, ["1,234", "2"], decimal=sign).series.tolist() == [value, 2]


def test_points_in_some_rows_and_commas_in_others_are_refused(tmp_path):
    with pytest.raises(InvalidInput, match=r"decimal points \(1 rows\) and others with decimal"):
        column_of(tmp_path, ["1.5", "2,5"])


LAYOUTS = {
    "comma": "a,b\n1,x\n2,y\n",
    "semicolon": "a;b\n1;x\n2;y\n",
    "tab": "a\tb\n1\tx\n2\ty\n",
    "bar": "a|b\n1|x\n2|y\n",
    "Excel tells the separator": "sep=;\r\na;b\r\n1;x\r\n2;y\r\n",
    "byte order mark": "\ufeffa,b\n1,x\n2,y\n",
    "UTF-16": "a\tb\n1\tx\n2\ty\n".encode("utf-16"),
    "old Mac": "a,b\r1,x\r2,y\r",
    "rows end in a separator": "a,b\n1,x,\n2,y,\n",
    "all end in a separator": "a,b,\n1,x,\n2,y,\n",
    "empty rows at the end": "a;b\n1;x\n2;y\n;\n;\n",
    "pandas' index": ",a,b\n0,1,x\n1,2,y\n",
    "R's names of rows": '"a" "b"\n"r1" 1 "x"\n"r2" 2 "y"\n',
    "R's counted rows": "a b\n1 1 x\n2 2 y\n",
    "blank lines at the top": "\n\na,b\n1,x\n2,y\n",
    "other line ends inside a text": 'a,b,c\n1,x,"\u2028"\n2,y,\x0c\n',
    "a long header": "a,b,"
    + ",".join(f"column{n}" for n in range(9_000))
    + "\n"
    + f"1,x{',0' * 9_000}\n2,y{',0' * 9_000}\n",
    "blanks": 'a, b\n 1 , "x"\n 2 , "y"\n',
    "a line end in quotes": 'a,b,c\n1,x,"1\n2"\n2,y,""\n',
}


@pytest.mark.parametrize("raw", LAYOUTS.values(), ids=LAYOUTS)
def test_a_layout_is_found(raw, tmp_path):
    table = opened(tmp_path, raw)
    assert table.columns[:2] == ["a", "b"]
    assert table.column("a").series.tolist() == [1, 2]
    assert table.column("b").series.tolist() == ["x", "y"]


REFUSED = {
    "another encoding": ("größe,b\n1,2\n".encode("cp1252"), "is not in UTF-8. Set data.encoding"),
    "a name twice": ("a,b,a\n1,2,3\n", "line 1: the column 'a' is there 2 times"),
    "a footer": ("a|b\n1|2\n(1 rows)\n", "line 3: '(1 rows)' has 1 fields instead of 2"),
    "a short row": ("a,b,c\n1,2,3\n1,2\n1,2,3\n", "line 3: '1,2' has 2 fields instead of 3"),
    "a name too few": ("a;b\n1.5;2;3\n2.5;2;3\n", "line 2: '1.5;2;3' has 3 fields instead of 2"),
    "an open quote": ('a,b\n1,"x\n2,y\n', "the quotes do not match"),
    "no names": ("1,2\n3,4\n", "line 1: the columns have no names"),
    "no name of a full column": ("a,b,\n1,2,3\n", "line 1: column 3 has no name"),
    "nothing": ("", "is empty"),
    "a header only": ("a,b\n", "The table has no rows"),
    "zero bytes": ("a,b\n".encode("utf-16-le"), "zero bytes"),
}


@pytest.mark.parametrize(("raw", "fragment"), REFUSED.values(), ids=REFUSED)
def test_what_does_not_fit_is_refused_with_file_and_line(raw, fragment, tmp_path):
    with pytest.raises(InvalidData) as error:
        opened(tmp_path, raw)
    assert str(error.value).startswith("job.yaml, data.path: ")
    assert fragment in str(error.value)


def test_a_first_column_without_a_name_is_told_unless_it_names_the_rows(tmp_path):
    assert "first column has no name" in opened(tmp_path, ",a\n5,1\n5,2\n").remark
    assert not opened(tmp_path, ",a\n0,1\n1,2\n").remark


def test_an_encoding_can_be_given(tmp_path):
    raw = "größe,b\n1,ä\n2,ß\n".encode("cp1252")
    table = opened(tmp_path, raw, encoding="cp1252")
    assert table.columns == ["größe", "b"]
    assert table.column("b").series.tolist() == ["ä", "ß"]
    with pytest.raises(InvalidData, match="There is no encoding 'klingon'"):
        opened(tmp_path, raw, encoding="klingon")


def test_names_of_rows_come_back_as_they_were_written(tmp_path):
    table = opened(tmp_path, f"a,b,c\n001,{2**60 + 1},7\n002,{2**60 + 2},8\n")
    assert table.as_written("a").tolist() == ["001", "002"]
    assert table.as_written("b").astype(str).tolist() == [str(2**60 + 1), str(2**60 + 2)]
    assert table.as_written("c").tolist() == [7, 8]


def test_labels_are_words_truth_values_or_whole_numbers(tmp_path):
    table = opened(tmp_path, "a,b,c,d\n0.00,TRUE,01,no\n1.00,FALSE,02,yes\n")
    found = {name: labels(table, name).series.tolist() for name in table.columns}
    assert found == {"a": [0, 1], "b": [True, False], "c": ["01", "02"], "d": ["no", "yes"]}


def test_dates_become_days(tmp_path):
    forms = {
        "iso": ["2020-01-31", "1969-12-31"],
        "German": ["31.01.2020", "31.12.1969"],
        "American": ["01/31/2020", "12/31/1969"],
        "British": ["31/01/2020", "31/12/1969"],
        "SAS": ["31JAN2020", "31DEC1969"],
        "time": ["2020-01-31 12:00:00", "1969-12-31 00:00:00"],
    }
    for form, texts in forms.items():
        days = column_of(tmp_path, texts, dates_as_days=True).series.tolist()
        assert days == [18292.5 if form == "time" else 18292, -1], form
    with pytest.raises(InvalidInput, match="day and month cannot be told apart"):
        column_of(tmp_path, ["01/02/2020", "03/04/2020"], dates_as_days=True)


def test_hidden_files_are_left_out_and_parts_are_in_the_order_of_their_numbers(tmp_path):
    for part in (10, 2, 1):
        (tmp_path / f"part-{part}.csv").write_text(f"a,b\n{part},x\n")
    (tmp_path / "_SUCCESS").write_text("")
    (tmp_path / ".part-3.csv").write_text("a,b\n3,x\n")
    (tmp_path / "part-20.csv").write_text("")
    table = open_files([str(tmp_path)], "job.yaml", Reading())
    assert table.column("a").series.tolist() == [1, 2, 10]


def test_numbers_in_one_file_and_words_in_another_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("x,y\n1,2\n2,3\n")
    (tmp_path / "b.csv").write_text("x,y\nmuch,2\nmore,3\n")
    with pytest.raises(InvalidInput, match=r"'x' has numbers in one of .*a.csv and .*b.csv"):
        open_files([str(tmp_path)], "job.yaml", Reading()).column("x")


TEXTS = st.lists(
    st.one_of(
        st.integers(-5, 5).map(str), st.floats(-10, 10).map(lambda x: f"{x:.2f}"),
        st.sampled_from(["", "NA", "?", "01", "a", "TRUE"]),
    ),
    min_size=4, max_size=30,
)  # fmt: skip


@given(texts=TEXTS, where=st.integers(1, 3))
def test_a_table_in_two_files_is_that_of_one(texts, where, tmp_path_factory):
    folder = tmp_path_factory.mktemp("parts")
    rows = [f'"{text}",7\n' for text in texts]
    (folder / "whole.csv").write_text("x,y\n" + "".join(rows))
    parts = folder / "parts"
    parts.mkdir()
    cut = len(rows) * where // 4
    (parts / "1.csv").write_text("x,y\n" + "".join(rows[:cut]))
    (parts / "2.csv").write_text("x,y\n" + "".join(rows[cut:]))
    whole = open_files([str(folder / "whole.csv")], "w", Reading()).column("x")
    table = open_files([str(parts)], "w", Reading())
    if len({text.isalpha() for text in texts if text not in MISSING}) > 1:
        return  # one file may have numbers only, the other words: a test above has that
    found = table.column("x")
    assert found.kind == whole.kind
    pd.testing.assert_series_equal(found.series, whole.series)


def test_text_files_in_folders_that_hold_a_column_are_refused_however_they_are_named(tmp_path):
    files = [tmp_path / f"site={site}" / "p.csv" for site in "ab"]
    for file in files:
        file.parent.mkdir()
        file.write_text("x,y\n1,2\n")
    for paths in ([tmp_path], [tmp_path / "site=*" / "p.csv"], files, [f.parent for f in files]):
        with pytest.raises(InvalidData, match="sorted into folders such as 'site=a'"):
            open_files(list(map(str, paths)), "w", Reading())
    assert open_files([str(files[0])], "w", Reading()).column("y").series.tolist() == [2]


@given(values=st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20))
def test_numbers_are_those_that_were_written(values, tmp_path_factory):
    folder = tmp_path_factory.mktemp("numbers")
    found = column_of(folder, [repr(value) for value in values]).series
    assert np.array_equal(found.to_numpy(float), values)
