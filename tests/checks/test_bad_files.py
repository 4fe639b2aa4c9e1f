"""Bad problem files: one clear message with the place, exit code 2, no traceback, nothing executed.

In each text the sign § stands before the character that the message must point at.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest

from twofold.checks.statements import links_of
from twofold.checks.validate import validate
from twofold.symbolic.problem import read_problem
from twofold.symbolic.source import ReadError, Source

LAW = '[laws]\nZ = "N(0, I_2)"\n'
CLAIM = '[[claim]]\nplain = "1 = 1"\n'
FILES = {
    "empty": ("§", "expected a problem file; got an empty file"),
    "blank": ("§  \n\n", "expected a problem file; got an empty file"),
    "title list": ('§title = ["a"]\n' + CLAIM, "expected a text for 'title'; got an array"),
    "title table": ("§title = {a=1}\n" + CLAIM, "expected a text for 'title'; got a table"),
    "seed text": ('§seed = "4"\n' + CLAIM, "expected an integer for 'seed'; got a text"),
    "seed neg": ("§seed = -1\n" + CLAIM, "expected a seed from 0 to 2^63; got -1"),
    "seed float": ("§seed=1.5\n" + CLAIM, "expected an integer for 'seed'; got a number"),
    "seed bool": ("§seed=true\n" + CLAIM, "expected an integer for 'seed'; got true or false"),
    "alpha nan": ("§alpha=nan\n" + CLAIM, "expected a false-alarm rate between 0 and 0.5; got nan"),
    "alpha 0": ("§alpha=0\n" + CLAIM, "expected a false-alarm rate between 0 and 0.5; got 0"),
    "alpha inf": ("§alpha=inf\n" + CLAIM, "expected a false-alarm rate between 0 and 0.5; got inf"),
    "alpha neg": ("§alpha=-0.1\n" + CLAIM, "expected a false-alarm rate between 0 and 0.5; got -0.1"),
    "alpha text": ("§alpha='x'\n" + CLAIM, "expected a number for 'alpha'; got a text"),
    "experiment kind": (CLAIM + "§[[experiment]]\nof='z'\n", "expected 'kind' in an experiment"),
    "experiment kinds": (
        CLAIM + "[[experiment]]\nkind='§solver'\n",
        "expected a known key in 'kind' of an experiment; got 'solver'",
    ),
    "experiment of": (CLAIM + "§[[experiment]]\nkind='solvers'\nof=3\n", "expected texts for 'kind' and 'of'"),
    "experiment date": (
        CLAIM + "[[experiment]]\nkind='solvers'\n§steps=2020-01-01\n",
        "expected a number, a text, or numbers in a list or by name for 'steps'; got a date or time",
    ),
    "unknown key": ("§titel='x'\n" + CLAIM, "expected a known key in the problem file; got 'titel'"),
    "unknown section": ("[§symbol]\nx='real'\n" + CLAIM, "expected a known key in the problem file; got 'symbol'"),
    "symbols list": ("§symbols=['x']\n" + CLAIM, "expected a table for 'symbols'; got an array"),
    "symbols text": ("§symbols='x'\n" + CLAIM, "expected a table for 'symbols'; got a text"),
    "symbol number": ("[symbols]\n§x=3\n" + CLAIM, "expected a text for the domain of 'x'; got an integer"),
    "symbol table": ("[symbols]\n§x={domain='real'}\n" + CLAIM, "expected a text for the domain of 'x'; got a table"),
    "symbol list": ("[symbols]\n§x=['real']\n" + CLAIM, "expected a text for the domain of 'x'; got an array"),
    "symbol bool": ("[symbols]\n§x=true\n" + CLAIM, "expected a text for the domain of 'x'; got true or false"),
    "nested": ("[symbols.§a.b]\nx='real'\n" + CLAIM, "expected a text for the domain of 'a'; got a table"),
    "symbol date": ("[symbols]\n§x=2020-01-01\n" + CLAIM, "expected a text for the domain of 'x'; got a date or time"),
    "dup toml": ("[symbols]\nx='real'\nx='real'§\n" + CLAIM, "expected TOML; cannot overwrite a value"),
    "dup canon": (
        "[symbols]\nz1='real'\n§z_1='real'\n" + CLAIM,
        "expected each name once; 'z_1' is already declared in [symbols]",
    ),
    "dup sigma": (
        "[symbols]\nsigma='real'\n§'\\sigma'='real'\n" + CLAIM,
        "expected each name once; 'sigma' is already declared in [symbols]",
    ),
    "dup symbol law": (
        "[symbols]\nZ='real'\n[laws]\n§Z = \"N(0, I_2)\"\n" + CLAIM,
        "expected each name once; 'Z' is already declared in [symbols]",
    ),
    "dup symbol map": (
        "[symbols]\nY='real'\n" + LAW + "[maps]\n§Y={of='Z',matrix=[[1,0],[0,1]]}\n" + CLAIM,
        "expected each name once; 'Y' is already declared in [symbols]",
    ),
    "dup law map": (
        LAW + "[maps]\n§Z={of='Z',matrix=[[1,0],[0,1]]}\n" + CLAIM,
        "expected each name once; 'Z' is already declared in [laws]",
    ),
    "dup flow": (
        LAW + "[flows]\n§Z={field=['1']}\n" + CLAIM,
        "expected each name once; 'Z' is already declared in [laws]",
    ),
    "dup comp": (
        "[symbols]\nz1='positive'\n[flows]\n§z={field=['z1','z2']}\n" + CLAIM,
        "expected a free name for a component of z; 'z_1' is already a scalar",
    ),
    "dup par": (
        "[symbols]\na='positive'\n[energies]\n§p={energy='a*x^2',parameters={a='negative'}}\n" + CLAIM,
        "expected one domain of 'a'; got 'positive' and 'negative'",
    ),
    "dup density": (
        "[symbols]\np_Z='real'\n[laws]\n§Z = \"N(0, I_2)\"\n" + CLAIM,
        "expected a free name for the density of Z; 'p_Z' is already a scalar",
    ),
    "two flows f": (
        "[flows]\nz={field=['z']}\n§w={field=['w^2']}\n[[claim]]\nplain='div(f,z)=1'\n",
        "expected another name of the field; 'f' is already the field of z",
    ),
    "law number": ("[laws]\n§Z=3\n" + CLAIM, "expected a text for the law of 'Z'; got an integer"),
    "law list": ("[laws]\n§Z=['N(0,1)']\n" + CLAIM, "expected a text for the law of 'Z'; got an array"),
    "law unknown": ("[laws]\nZ='§Uniform(0,1)'\n" + CLAIM, "expected a law such as N(0, I_2); got 'Uniform(0,1)'"),
    "law 1 arg": ("[laws]\nZ='§N(0)'\n" + CLAIM, "expected a law such as N(0, I_2); got 'N(0)'"),
    "law text": ("[laws]\nZ='§normal'\n" + CLAIM, "expected a law such as N(0, I_2); got 'normal'"),
    "law nonsq": ("[laws]\nZ='N(0,§[[1,2]])'\n" + CLAIM, "expected a square covariance"),
    "law asym": (
        "[laws]\nZ='N(0,§[[1,2],[3,4]])'\n" + CLAIM,
        "expected a symmetric covariance of Z; entries (i, j) and (j, i) differ",
    ),
    "law npd": (
        "[laws]\nZ='N(0,§[[1,2],[2,1]])'\n" + CLAIM,
        "expected a positive semidefinite covariance of Z; got one that is not",
    ),
    "law dims": (
        "[laws]\nZ='§N([1,2,3],[[1,0],[0,1]])'\n" + CLAIM,
        "expected mean and covariance of one dimension; got 3 and 2",
    ),
    "law neg": (
        "[laws]\nZ='N(0,§-1)'\n" + CLAIM,
        "expected a positive semidefinite covariance of Z; got one that is not",
    ),
    "law 999": (
        "[laws]\nZ='N(0,§9^9^9)'\n" + CLAIM,
        "expected numbers of moderate size; got a power of thousands of digits",
    ),
    "law div0": ("[laws]\nZ='N(0,§1/0)'\n" + CLAIM, "expected finite numbers in the law of Z; got a division by zero"),
    "law inf": ("[laws]\nZ='N(0,§inf)'\n" + CLAIM, "expected finite numbers in the law of Z; got infinity"),
    "law mean inf": ("[laws]\nZ='N(§inf,1)'\n" + CLAIM, "expected finite numbers in the law of Z; got infinity"),
    "law undeclared": ("[laws]\nZ='N(§mu,1)'\n" + CLAIM, "expected a declared name; got 'mu'"),
    "law shape": (
        "[laws]\nZ='N(0,[[1,2]]*§[[1,2]])'\n" + CLAIM,
        "expected inner sizes that agree; got 1 x 2 times 1 x 2",
    ),
    "law mean div0": (
        "[laws]\nZ='N(§1/0,1)'\n" + CLAIM,
        "expected finite numbers in the law of Z; got a division by zero",
    ),
    "law I_99": ("[laws]\nZ='N(0,§I_99)'\n" + CLAIM, "expected an identity of size 1 to 12; got 'I_99'"),
    "law I_0": ("[laws]\nZ='N(0,§I_0)'\n" + CLAIM, "expected an identity of size 1 to 12; got 'I_0'"),
    "law I huge": ("[laws]\nZ='N(0,§I_99999999)'\n" + CLAIM, "expected an identity of size 1 to 12; got 'I_99999999'"),
    "map nobase": ("[maps]\n§Y={matrix=[[1]]}\n" + CLAIM, "expected 'of' to name a law in 'Y'"),
    "map base": (
        LAW + "[maps]\n§Y={of='X',matrix=[[1,0]]}\n" + CLAIM,
        "expected a declared law for 'of' of 'Y'; got 'X'",
    ),
    "map base num": (LAW + "[maps]\n§Y={of=3,matrix=[[1,0]]}\n" + CLAIM, "expected 'of' to name a law in 'Y'"),
    "map text": (LAW + "[maps]\n§Y='A'\n" + CLAIM, "expected a table for 'Y'; got a text"),
    "map dims": (
        LAW + "[maps]\n§Y={of='Z',matrix=[[1,2,3]]}\n" + CLAIM,
        "expected a matrix with 2 columns, one for each component of Z; got 1 x 3",
    ),
    "map ragged": (LAW + "[maps]\n§Y={of='Z',matrix=[[1,2],[3]]}\n" + CLAIM, "expected rows of one length; got 2, 1"),
    "map empty": (LAW + "[maps]\n§Y={of='Z',matrix=[]}\n" + CLAIM, "expected a matrix as a list of rows"),
    "map empty2": (LAW + "[maps]\n§Y={of='Z',matrix=[[]]}\n" + CLAIM, "expected rows of one length; got 0"),
    "map nan": (LAW + "[maps]\n§Y={of='Z',matrix=[[nan,0],[0,1]]}\n" + CLAIM, "expected a finite number; got nan"),
    "map inf": (LAW + "[maps]\n§Y={of='Z',matrix=[[inf,0],[0,1]]}\n" + CLAIM, "expected a finite number; got inf"),
    "map bool": (
        LAW + "[maps]\n§Y={of='Z',matrix=[[true,0],[0,1]]}\n" + CLAIM,
        "expected a number or a formula; got true or false",
    ),
    "map table": (LAW + "[maps]\n§Y={of='Z',matrix={a=1}}\n" + CLAIM, "expected a matrix as a list of rows"),
    "map 999": (
        LAW + "[maps]\nY={of='Z',matrix=[['§9^9^9',0],[0,1]]}\n" + CLAIM,
        "expected numbers of moderate size; got a power of thousands of digits",
    ),
    "map 1/0": (
        LAW + "[maps]\nY={of='Z',matrix=[['§1/0',0],[0,1]]}\n" + CLAIM,
        "expected finite numbers in an entry; got a division by zero",
    ),
    "map deep": (
        LAW + "[maps]\n§Y={of='Z',matrix=[[[[1]]]]}\n" + CLAIM,
        "expected a number or a formula; got an array",
    ),
    "map shape": (
        LAW + "[maps]\nY={of='Z',matrix='[[1,2]]*§[[1,2]]'}\n" + CLAIM,
        "expected inner sizes that agree; got 1 x 2 times 1 x 2 in [maps] Y",
    ),
    "map unknown key": (
        LAW + "[maps]\nY={of='Z',§matirx=[[1,0]]}\n" + CLAIM,
        "expected a known key in [maps] Y; got 'matirx'",
    ),
    "map none": (LAW + "[maps]\n§Y={of='Z'}\n" + CLAIM, "expected 'matrix' or 'forward' in the map 'Y'"),
    "map offset": (
        LAW + "[maps]\n§Y={of='Z',matrix=[[1,0],[0,1]],offset=[1]}\n" + CLAIM,
        "expected an offset of dimension 2",
    ),
    "map both": (
        LAW + "[maps]\n§Y={of='Z',matrix=[[1,0],[0,1]],forward=['z1','z2']}\n" + CLAIM,
        "expected either 'matrix' or 'forward' in the map 'Y'; got both",
    ),
    "map fwd count": (
        LAW + "[maps]\n§Y={of='Z',forward=['z1']}\n" + CLAIM,
        "expected 2 variables, targets and components of the map",
    ),
    "map vars": (
        LAW + "[maps]\n§Y={of='Z',variables=['a'],forward=['a','a']}\n" + CLAIM,
        "expected 2 variables, targets and components of the map",
    ),
    "map dupvars": (
        LAW + "[maps]\n§Y={of='Z',variables=['a','a'],forward=['a','a']}\n" + CLAIM,
        "expected different names; one occurs twice",
    ),
    "map targets": (
        LAW + "[maps]\n§Y={of='Z',targets=['a'],forward=['z1','z2']}\n" + CLAIM,
        "expected 2 variables, targets and components of the map",
    ),
    "map inverse": (
        LAW + "[maps]\n§Y={of='Z',forward=['z1','z2'],inverse=['y1']}\n" + CLAIM,
        "expected 2 variables, targets and components of the map",
    ),
    "map fwd bool": (
        LAW + "[maps]\n§Y={of='Z',forward=[true,'z2']}\n" + CLAIM,
        "expected a number or a formula; got true or false",
    ),
    "flow nofield": ("[flows]\n§z={times=[0,1]}\n" + CLAIM, "expected 'field' in the flow 'z'"),
    "flow empty": ("[flows]\n§z={field=[]}\n" + CLAIM, "expected a field of 1 to 64 components; got 0"),
    "flow bool": ("[flows]\n§z={field=[true]}\n" + CLAIM, "expected a number or a formula; got true or false"),
    "flow inf": ("[flows]\n§z={field=[inf]}\n" + CLAIM, "expected a finite number; got inf"),
    "flow table": ("[flows]\n§z={field=[{a=1}]}\n" + CLAIM, "expected a number or a formula; got a table"),
    "flow times": (
        "[flows]\n§z={field=['z'],times=[1,0]}\n" + CLAIM,
        "expected times = [start, end] with finite start < end",
    ),
    "flow times bool": (
        "[flows]\n§z={field=['z'],times=[false,true]}\n" + CLAIM,
        "expected times = [start, end] with finite start < end",
    ),
    "flow times text": (
        "[flows]\n§z={field=['z'],times='0..1'}\n" + CLAIM,
        "expected times = [start, end] with finite start < end",
    ),
    "flow times nan": (
        "[flows]\n§z={field=['z'],times=[0,nan]}\n" + CLAIM,
        "expected times = [start, end] with finite start < end",
    ),
    "flow start dims": (
        LAW + "[flows]\n§z={start='Z',field=['z']}\n" + CLAIM,
        "expected 2 components of the field, as many as Z has; got 1",
    ),
    "flow vars": (
        "[flows]\n§z={field=['a','b'],variables=['a']}\n" + CLAIM,
        "expected 2 variables, one for each component of the field; got 1",
    ),
    "flow dupvars": (
        "[flows]\n§z={field=['a','a'],variables=['a','a']}\n" + CLAIM,
        "expected different names; one occurs twice",
    ),
    "flow time": ("[flows]\n§z={field=['z'],time=3}\n" + CLAIM, "expected a text for 'time'; got an integer"),
    "flow time=var": ("[flows]\n§z={field=['z'],time='z'}\n" + CLAIM, "expected a time of its own; 'z' is the state"),
    "flow par": ("[flows]\n§z={field=['z'],parameters=['a']}\n" + CLAIM, 'expected parameters = { name = "domain" }'),
    "flow at": ("[flows]\n§z={field=['z'],at=[1]}\n" + CLAIM, "expected at = { name = value }"),
    "flow at unknown": ("[flows]\nz={field=['z'],§at={a=1}}\n" + CLAIM, "expected a known key in 'at'; got 'a'"),
    "flow at nan": (
        "[flows]\n§z={field=['a*z'],parameters={a='real'},at={a=nan}}\n" + CLAIM,
        "expected a finite number; got nan",
    ),
    "flow unknown": ("[flows]\nz={field=['§y']}\n" + CLAIM, "expected a declared name; got 'y'"),
    "flow dimension": (
        "[flows]\nz={field=['z1','z2'],§dimension=3}\n" + CLAIM,
        "expected a known key in [flows] z; got 'dimension'",
    ),
    "flow relation": ("[flows]\nz={field=['z§=1']}\n" + CLAIM, "expected an expression; got a relation"),
    "flow numfield": (
        "[flows]\n§z={field=3,field_name=4}\n" + CLAIM,
        "expected a text for 'field_name'; got an integer",
    ),
    "energy none": ("[energies]\n§p={variables=['x']}\n" + CLAIM, "expected 'energy' in the energy-based model 'p'"),
    "energy list": (
        "[energies]\n§p={energy=['x^2','x']}\n" + CLAIM,
        "expected one formula for 'energy' of 'p'; got an array",
    ),
    "energy number dim": ("[energies]\n§p={energy='x^2',dimension=0}\n" + CLAIM, "expected a dimension from 1 to 12"),
    "energy dim bool": ("[energies]\n§p={energy='x^2',dimension=true}\n" + CLAIM, "expected a dimension from 1 to 12"),
    "energy dim 13": ("[energies]\n§p={energy='x1^2',dimension=13}\n" + CLAIM, "expected a dimension from 1 to 12"),
    "energy at": (
        "[energies]\np={energy='a*x^2',parameters={a='positive'},at={§b=1}}\n" + CLAIM,
        "expected a known key in 'at'; got 'b'",
    ),
    "energy at domain": (
        "[energies]\np={energy='§a*x^2',parameters={a='positive'},at={a=-1}}\n" + CLAIM,
        "expected a value of 'a' in its domain; the value does not satisfy the other conditions",
    ),
    "energy undeclared": ("[energies]\np={energy='§a*x^2'}\n" + CLAIM, "expected a declared name; got 'a'"),
    "energy support": (
        "[energies]\np={energy='x^2',§support=[[0,1]]}\n" + CLAIM,
        "expected a known key in [energies] p; got 'support'",
    ),
    "energy vars num": ("[energies]\n§p={energy='x^2',variables=[3]}\n" + CLAIM, "expected a list of names"),
    "energy dupvars": (
        "[energies]\n§p={energy='x^2',variables=['x','x']}\n" + CLAIM,
        "expected different names; one occurs twice",
    ),
    "energy vector": (
        "[energies]\np={energy='§[1,2]'}\n" + CLAIM,
        "expected a scalar formula for each component; got a vector or a matrix",
    ),
    "energy 999": (
        "[energies]\np={energy='§9^9^9*x^2'}\n" + CLAIM,
        "expected numbers of moderate size; got a power of thousands of digits",
    ),
    "energy shape": (
        "[energies]\np={energy='[[1,2]]*§[[1,2]]'}\n" + CLAIM,
        "expected inner sizes that agree; got 1 x 2 times 1 x 2 in [energies] p",
    ),
    "energy var matrix": (
        "[symbols]\nx='matrix(2,2)'\n[energies]\n§p={energy='x^2'}\n" + CLAIM,
        "expected a scalar variable; 'x' is a matrix(2, 2)",
    ),
    "claim text": ("§claim='x'\n", "expected an array of tables for 'claim'; got a text"),
    "claim table": ("[§claim]\nplain='1=1'\n", "expected an array of tables for 'claim'; got a table"),
    "claim none": ("§[[claim]]\nid='a'\n", "expected 'plain' or 'tex' in claim 1"),
    "claim both": ("§[[claim]]\nplain='1=1'\ntex='1=1'\n", "expected 'plain' or 'tex' in claim 1"),
    "claim num": ("§[[claim]]\nplain=3\n", "expected a text for 'plain' in claim 1; got an integer"),
    "claim list": ("§[[claim]]\nplain=['1=1']\n", "expected a text for 'plain' in claim 1; got an array"),
    "claim key": ("[[claim]]\n§plan='1=1'\n", "expected a known key in claim 1; got 'plan'"),
    "claim empty": ("[[claim]]§\nplain=''\n", "expected a formula; got nothing"),
    "claim blank": ("[[claim]]\nplain='§  '\n", "expected a formula; got nothing"),
    "claim norel": ("[[claim]]\nplain='§1+1'\n", "expected a relation such as '=' in claim 'claim 1'"),
    "claim dup": (
        "[[claim]]\nid='a'\nplain='1=1'\n§[[claim]]\nid='a'\nplain='1=1'\n",
        "expected each claim to have its own id; got 'a' twice",
    ),
    "claim id num": ("§[[claim]]\nid=3\nplain='1=1'\n", "expected a text for 'id' in claim 1; got an integer"),
    "claim where": ("[[claim]]\n§where=3\nplain='1=1'\n", "expected a known key in claim 1; got 'where'"),
    "claim where2": ("[[claim]]\n§where={x='nodomain'}\nplain='1=1'\n", "expected a known key in claim 1; got 'where'"),
    "claim note": ("§[[claim]]\nnote={a=1}\nplain='1=1'\n", "expected a text for 'note' in claim 1; got a table"),
    "claim after": ("[[claim]]\n§after='zz'\nplain='1=1'\n", "expected a known key in claim 1; got 'after'"),
    "claim undeclared": ("[[claim]]\nplain='§x=1'\n", "expected a declared name; got 'x'"),
    "claim python2": ("[[claim]]\nplain='[x for x in §range(3)] = 1'\n", "not read: a set in an indicator"),
    "claim lambda": (
        "[[claim]]\nplain='(lambda§: 1)() = 1'\n",
        "expected mathematics; got the character U+003A (colon)",
    ),
    "claim signs": ("[[claim]]\nplain='x/x/x/x/x/x/x/x/x/x/§= 1'\n", "expected a number, a name or a bracket; got '='"),
    "claim unicode": (
        "[[claim]]\nplain='1 §\u200b= 1'\n",
        "expected mathematics; got the character U+200B (zero width space)",
    ),
    "claim emoji": (
        "[[claim]]\nplain='§\U0001f600 = 1'\n",
        "expected mathematics; got the character U+1F600 (grinning face)",
    ),
    "claim bidi": (
        "[[claim]]\nplain='1 §\u202e= 1'\n",
        "expected mathematics; got the character U+202E (right-to-left override)",
    ),
    "claim cyr": ("[symbols]\na='real'\n[[claim]]\nplain='§\u0430 = 1'\n", "expected a declared name; got 'а'"),
    "claim tex macro": ("[[claim]]\ntex='§\\input{/etc/passwd} = 1'\n", "not read: \\input"),
    "claim tex brace": (
        "[[claim]]\ntex='\\frac{1}{2 = 1§'\n",
        "expected '}' for the '{' at 2:14; got the end of the formula",
    ),
    "claim semicolon": ("[[claim]]\nplain='1 = 1§; 2 = 2'\n", "expected the end of the formula; got ';'"),
    "bad toml": ("[[claim§]\n", "expected TOML; expected ']]' at the end of an array declaration"),
    "unterminated": ("title='x\n§", 'expected TOML; expected "\'"'),
    "dup table": ("[symbols]\nx='real'\n[symbols§]\ny='real'\n", "expected TOML; cannot declare ('symbols',) twice"),
    "control": ("title='§\x01'\n", "expected TOML; found invalid character '\\x01'"),
    "exp num": ("§alpha=1e999\n", "expected a false-alarm rate between 0 and 0.5; got inf"),
    "dotted": ("symbols.§x.y='real'\n", "expected a text for the domain of 'x'; got a table"),
    "date": ("§title=2020-01-01\n", "expected a text for 'title'; got a date or time"),
    "claim in table": ("[symbols]\nclaim='real'\n[[claim]]\nplain='§x=1'\n", "expected a declared name; got 'x'"),
    "grading": ("§grading=3\n" + CLAIM, "expected a table for 'grading'; got an integer"),
    "experiment": ("§experiment=3\n" + CLAIM, "expected an array of tables for 'experiment'; got an integer"),
    "schema": ("§schema=3\n" + CLAIM, "expected a text for 'schema'; got an integer"),
    "cr": ("title='a'§\rseed=1\n", "expected TOML; expected newline or end of document after a statement"),
}


def read(text: str) -> None:
    """Everything that happens to a file before a claim is judged."""
    source = Source("p.toml", text)
    problem = read_problem(source)
    validate(problem.context)
    links_of(problem)


def place(marked: str) -> tuple[int, int]:
    """Line and column of the mark, counted here by hand."""
    before = marked[: marked.index("§")]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1


@pytest.mark.parametrize("name", FILES)
def test_a_bad_file_is_refused_with_its_place(name: str) -> None:
    """The message says what was expected, and points at the character where the fault begins."""
    marked, message = FILES[name]
    with pytest.raises(ReadError) as caught:
        read(marked.replace("§", ""))
    assert message in caught.value.message
    assert (caught.value.span.line, caught.value.span.column) == place(marked)


@pytest.mark.parametrize("name", FILES)
def test_the_message_of_a_bad_file_is_for_a_person(name: str) -> None:
    """One head line `file:line:column: expected ..`, the line of the file and a caret below it; no name of Python."""
    text = FILES[name][0].replace("§", "")
    with pytest.raises(ReadError) as caught:
        read(text)
    lines = caught.value.explain(Source("p.toml", text)).split("\n")
    assert lines[0].startswith(f"p.toml:{caught.value.span.line}:{caught.value.span.column}: ")
    assert set(lines[2].strip()) == {"^"}
    assert not any(word in lines[0] for word in ("dict", "NoneType", "str'", "Traceback", "Error"))


DEEP = {
    "nested brackets": "[[claim]]\nplain = '" + "(" * 5000 + "1" + ")" * 5000 + " = 1'\n",
    "nested functions": "[[claim]]\nplain = '" + "sin(" * 3000 + "1" + ")" * 3000 + " = 1'\n",
    "quotients": "[[claim]]\nplain = '" + "/".join("3" * 5000) + " = 1'\n",
    "prefix functions": "[[claim]]\nplain = '" + "sin " * 5000 + "1 = 1'\n",
    "derivatives": "[symbols]\nx='real'\n[[claim]]\nplain = '" + "d/dx " * 3000 + "x = 1'\n",
    "powers": "[[claim]]\nplain = '" + "^".join("2" * 5000) + " = 1'\n",
    "matrices": "[[claim]]\nplain = '" + "[" * 5000 + "1" + "]" * 5000 + " = 1'\n",
    "arrays of the file": "title = " + "[" * 5000 + "]" * 5000 + "\n",
    "digits of a claim": "[[claim]]\nplain = '" + "9" * 5000 + " = 1'\n",
    "digits of the file": "seed = " + "9" * 5000 + "\n",
    "size of a matrix": LAW + "[maps]\nY = {of='Z', matrix=[" + ",".join(["[1,2]"] * 500) + "]}\n",
    "size of a field": "[flows]\nz = {field=[" + ",".join(["'1'"] * 500) + "]}\n",
    "size of an identity": "[laws]\nZ = 'N(0, I_999999999)'\n",
    "power of a law": "[laws]\nZ = 'N(0, 9^9^9)'\n",
    "factorial of a law": "[laws]\nZ = 'N(0, 99999999!)'\n",
    "tokens": "[[claim]]\nplain = '" + "+".join(["1"] * 20_000) + " = 1'\n",
}


@pytest.mark.parametrize("name", DEEP)
def test_what_is_too_large_is_refused_at_once(name: str) -> None:
    """A limit is named; nothing hangs, overflows or exhausts memory.  The times measured are below 0.3 s."""
    start = time.monotonic()
    with pytest.raises(ReadError, match="expected"):
        read(DEEP[name])
    assert time.monotonic() - start < 5


PROGRAMS = (
    "__import__('os').system('touch {target}')",
    "open('{target}', 'w')",
    "exec(\"open('{target}', 'w')\")",
    "(lambda: open('{target}', 'w'))()",
    "[open(c, 'w') for c in ['{target}']]",
    "f'{{open(chr(47), chr(119))}}'",
    "x.__class__.__mro__[1].__subclasses__()",
    "Symbol('{target}').func",
)


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("key", ["plain", "tex", "symbol", "law", "matrix", "energy"])
def test_a_formula_that_is_a_program_is_not_run(tmp_path: Path, program: str, key: str) -> None:
    """Python code in the place of a formula is refused as text, and leaves no file."""
    target = tmp_path / "created"
    code = program.format(target=target)
    text = {
        "plain": f"[[claim]]\nplain = '''{code} = 1'''\n",
        "tex": f"[[claim]]\ntex = '''{code} = 1'''\n",
        "symbol": f"[symbols]\nx = '''= {code}'''\n",
        "law": f"[laws]\nZ = '''N(0, {code})'''\n",
        "matrix": f"{LAW}[maps]\nY = {{of = 'Z', matrix = [['''{code}''', 0]]}}\n",
        "energy": f"[energies]\np = {{energy = '''{code}'''}}\n",
    }[key]
    with pytest.raises(ReadError):
        read(text)
    assert not target.exists()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty file"),
        (b"\x00\x01\x02\n", "binary"),
        (b"\xff\xfe[\x00", "UTF-16"),
        (b"title = '\xc3\x28'\n", "UTF-8"),
        (b"[[claim]]\nplain = '1 + = 2'\n", "p.toml:2:14: expected"),
    ],
)
def test_the_command_refuses_with_code_2(tmp_path: Path, data: bytes, words: str) -> None:
    """The command line: the message on standard error, nothing on standard output, exit code 2, no traceback."""
    file = tmp_path / "p.toml"
    file.write_bytes(data)
    command = [sys.executable, "-P", "-m", "twofold", "check", "p.toml"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert (done.returncode, done.stdout) == (2, "")
    assert words in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("symmetric matrix(2,2), = [[1,2],[3,4]]", "that is symmetric"),
        ("positive definite matrix(2,2), = [[1,2],[2,1]]", "that is positive definite"),
        ("positive definite matrix(2,2), = [[1,1],[1,1]]", "that is positive definite"),
        ("invertible matrix(2,2), = [[1,2],[2,4]]", "that is invertible"),
    ],
)
def test_a_value_that_has_not_its_traits_is_refused(text: str, message: str) -> None:
    """A declared value and a declared trait that contradict each other would prove everything."""
    with pytest.raises(ReadError, match=message):
        read(f"[symbols]\nA = '{text}'\n{CLAIM}")


@pytest.mark.parametrize("size", [2, 9, 12])
def test_a_degenerate_covariance_of_any_size_is_a_law(size: int) -> None:
    """All ones: rank 1, positive semidefinite in every dimension."""
    rows = ", ".join("[" + ", ".join("1" * size) + "]" for _ in range(size))
    read(f"[laws]\nZ = 'N(0, [{rows}])'\n{CLAIM}")


def test_a_large_covariance_that_is_not_semidefinite_is_refused() -> None:
    """Ones off the diagonal and 1/2 on it: the smallest eigenvalue is -1/2."""
    rows = ", ".join("[" + ", ".join("1/2" if i == j else "1" for j in range(10)) + "]" for i in range(10))
    with pytest.raises(ReadError, match="positive semidefinite"):
        read(f"[laws]\nZ = 'N(0, [{rows}])'\n{CLAIM}")


def test_windows_line_ends_keep_places() -> None:
    """CRLF counts as one line end."""
    with pytest.raises(ReadError) as caught:
        read("[symbols]\r\nx = 'real'\r\n[[claim]]\r\nplain = 'x = y'\r\n")
    assert (caught.value.span.line, caught.value.span.column, caught.value.span.end_column) == (4, 14, 15)


def test_a_submission_loses_one_claim_to_one_mistake() -> None:
    """Read leniently, what cannot be read is one unread step with its place; the claims around it are read."""
    text = CLAIM + '[[claim]]\nid = "b"\nplain = "2 = (3"\n' + CLAIM
    with pytest.raises(ReadError):
        links_of(read_problem(Source("a.toml", text)))
    links, _ = links_of(read_problem(Source("a.toml", text)), lenient=True)
    assert [(link.label, bool(link.unread), link.claim is not None) for link in links] == [
        ("claim 1", False, True),
        ("b", True, False),
        ("claim 3", False, True),
    ]
    assert links[1].span.line == 5
