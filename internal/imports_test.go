// Package internal_test holds the import rule of docs/design.md: who may import whom, and who may read the clock.
package internal_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// edges lists, for every package of the module, the packages of the module that its code (not its tests) may import;
// "*" is any.
var edges = []struct{ pkg, mayImport, why string }{
	{"cmd/iab", "internal/cli", "main only hands over signals, arguments and streams"},
	{"cmd/iablab", "internal/fleettest internal/lab", "it shows the iab binary from outside, as a user has it"},
	{"internal", "", "it holds tests of the whole only"},
	{"internal/check", "internal/plan", "facts are judged without servers"},
	{"internal/cli", "internal/check internal/config internal/files internal/guest internal/incusos internal/metrics internal/notify internal/plan " +
		"internal/remote internal/retention internal/run internal/status internal/statuspage internal/verify",
		"commands put the parts together; no part knows another command"},
	{"internal/config", "internal/plan internal/retention internal/serviceurl", "a config becomes jobs, and jobs know no server"},
	{"internal/e2e", "*", "scenarios may look everywhere"},
	{"internal/files", "", "trees of files are compared and brought somewhere without knowing where they lie"},
	{"internal/fleettest", "", "the fake server must not share code with the client that it tests"},
	{"internal/guest", "", "the guest API has nothing to do with backups"},
	{"internal/guesttest", "", "the fake server must not share code with the client that it tests"},
	{"internal/incusos", "internal/retention", "archives of a server are not planned as instances and volumes are"},
	{"internal/lab", "", "a lab starts daemons and knows nothing of backups"},
	{"internal/notify", "internal/run internal/serviceurl", "a notification reads the report only"},
	{"internal/ostest", "", "the fake host must not share code with those who talk to it"},
	{"internal/plan", "internal/retention", "decisions are made without servers"},
	{"internal/remote", "internal/files internal/plan", "it does what it is told and decides nothing"},
	{"internal/retention", "", "policies know nothing but times"},
	{"internal/run", "internal/plan", "it carries a plan out on any servers, real or not"},
	{"internal/metrics", "internal/plan internal/run internal/status", "a metric reads reports only"},
	{"internal/runtest", "internal/files internal/plan internal/run internal/verify", "the fake servers must not share code with the real ones"},
	{"internal/status", "internal/plan internal/retention", "states are decided without servers"},
	{"internal/statuspage", "internal/plan internal/status", "a page reads the report only"},
	{"internal/serviceurl", "", "an address is read without knowing what will be told"},
	{"internal/verify", "internal/files internal/plan internal/run", "restore points are proven on any servers, real or not"},
}

// guarded lists imports that few packages may have, in code and in tests.
var guarded = []struct{ prefix, onlyIn, why string }{
	{"github.com/lxc/incus", "internal/remote internal/lab internal/e2e cmd/iablab",
		"one package talks to Incus, so that a new client version is a change in one place"},
	{"github.com/spf13/cobra", "internal/cli cmd/iablab", "flags end where commands end; below, options are values"},
	{"github.com/spf13/pflag", "internal/cli cmd/iablab", "flags end where commands end; below, options are values"},
	{"github.com/vbauerster/mpb", "internal/cli", "only cli knows terminals; others report events"},
	{"github.com/jedib0t/go-pretty", "internal/cli", "only cli knows terminals; others return reports"},
	{"github.com/nicholas-fedor/shoutrrr", "internal/serviceurl", "its errors spell out addresses, so one package holds them back"},
	{"github.com/prometheus", "internal/metrics", "reports are values; what Prometheus makes of them is one package's business"},
	{"golang.org/x/term", "internal/cli", "only cli knows terminals"},
	{"iab/internal/cli", "cmd/iab internal/cli internal/e2e", "nothing may depend on how a command is spelled"},
}

// impure lists what the code of the pure packages may not import.
var impure = []string{"os", "net", "context", "log"}

const (
	stdOnly = "policies must be understood, tested and fuzzed without anything else"
	purity  = "the same input must give the same plan, whatever the machine, the network and the hour"
)

// pkg is what `go list` says about one package.
type pkg struct {
	ImportPath   string
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func (p pkg) name() string { return strings.TrimPrefix(p.ImportPath, "iab/") }

func TestPackagesImportOnlyWhatTheRuleAllows(t *testing.T) {
	pkgs := list(t)
	for _, v := range violations(pkgs) {
		t.Error(v)
	}
	for _, name := range []string{"cmd/iab", "internal/cli", "internal/plan", "internal/retention", "internal/remote"} {
		if !slices.ContainsFunc(pkgs, func(p pkg) bool { return p.name() == name && len(p.Imports) > 0 }) {
			t.Errorf("go list shows no imports of %s, so this test has not looked at it", name)
		}
	}
}

// list asks the go command about all packages, with the e2e tests.
func list(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-tags", "e2e", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = ".."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var pkgs []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return pkgs
		} else if err != nil {
			t.Fatalf("decode go list: %v", err)
		}
		pkgs = append(pkgs, p)
	}
}

// violations lists every import that breaks a rule, with the reason of the rule.
func violations(pkgs []pkg) []string {
	var out []string
	for _, p := range pkgs {
		out = append(out, edgeViolations(p)...)
		out = append(out, guardViolations(p)...)
		out = append(out, purityViolations(p)...)
	}
	return out
}

func edgeViolations(p pkg) []string {
	var out []string
	for _, e := range edges {
		if e.pkg != p.name() {
			continue
		}
		for _, imported := range p.Imports {
			name, own := strings.CutPrefix(imported, "iab/")
			if own && e.mayImport != "*" && !slices.Contains(strings.Fields(e.mayImport), name) {
				out = append(out, fmt.Sprintf("%s imports %s: %s", e.pkg, name, e.why))
			}
		}
		return out
	}
	return []string{p.name() + " has no place in the import rule: add it to the edges, with what it may import and why"}
}

func guardViolations(p pkg) []string {
	var out []string
	imports := slices.Sorted(slices.Values(slices.Concat(p.Imports, p.TestImports, p.XTestImports)))
	for _, imported := range slices.Compact(imports) {
		for _, g := range guarded {
			if under(imported, g.prefix) && !slices.Contains(strings.Fields(g.onlyIn), p.name()) {
				out = append(out, fmt.Sprintf("%s imports %s: %s", p.name(), imported, g.why))
			}
		}
	}
	return out
}

func purityViolations(p pkg) []string {
	var out []string
	if !slices.Contains([]string{"internal/check", "internal/plan", "internal/retention", "internal/status"}, p.name()) {
		return nil
	}
	for _, imported := range p.Imports {
		if slices.ContainsFunc(impure, func(root string) bool { return under(imported, root) }) {
			out = append(out, fmt.Sprintf("%s imports %s: %s", p.name(), imported, purity))
		}
		domain, _, _ := strings.Cut(imported, "/")
		if p.name() == "internal/retention" && strings.Contains(domain, ".") {
			out = append(out, fmt.Sprintf("%s imports %s: %s", p.name(), imported, stdOnly))
		}
	}
	return out
}

// under tells whether an import path is root or lies below it.
func under(imported, root string) bool {
	return imported == root || strings.HasPrefix(imported, root+"/")
}

func TestForbiddenImportsAreFoundAndExplained(t *testing.T) {
	for _, test := range []struct {
		name string
		pkg  pkg
		want string
	}{
		{"a decision that asks a server", pkg{ImportPath: "iab/internal/plan", Imports: []string{"iab/internal/remote"}},
			"internal/plan imports internal/remote: decisions are made without servers"},
		{"the lab in the product", pkg{ImportPath: "iab/internal/cli", Imports: []string{"iab/internal/lab"}},
			"internal/cli imports internal/lab: commands put the parts together; no part knows another command"},
		{"a part that knows the commands", pkg{ImportPath: "iab/internal/run", XTestImports: []string{"iab/internal/cli"}},
			"internal/run imports iab/internal/cli: nothing may depend on how a command is spelled"},
		{"a second talker to Incus", pkg{ImportPath: "iab/internal/run", TestImports: []string{"github.com/lxc/incus/v6/shared/api"}},
			"internal/run imports github.com/lxc/incus/v6/shared/api: one package talks to Incus, so that a new client version is a change in one place"},
		{"flags below the commands", pkg{ImportPath: "iab/internal/config", Imports: []string{"github.com/spf13/pflag"}},
			"internal/config imports github.com/spf13/pflag: flags end where commands end; below, options are values"},
		{"a pure package with a context", pkg{ImportPath: "iab/internal/plan", Imports: []string{"context"}},
			"internal/plan imports context: " + purity},
		{"a judgement that looks for itself", pkg{ImportPath: "iab/internal/check", Imports: []string{"os"}},
			"internal/check imports os: " + purity},
		{"a pure package that logs", pkg{ImportPath: "iab/internal/retention", Imports: []string{"log/slog"}},
			"internal/retention imports log/slog: " + purity},
		{"a policy with a dependency", pkg{ImportPath: "iab/internal/retention", Imports: []string{"golang.org/x/sync/errgroup"}},
			"internal/retention imports golang.org/x/sync/errgroup: " + stdOnly},
		{"a new package", pkg{ImportPath: "iab/internal/zfs"},
			"internal/zfs has no place in the import rule: add it to the edges, with what it may import and why"},
		{"the allowed way", pkg{ImportPath: "iab/internal/plan", Imports: []string{"iab/internal/retention", "cmp", "time"}, XTestImports: []string{"os"}}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := strings.Join(violations([]pkg{test.pkg}), "\n"); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// clockReaders may read the clock; everybody else gets the time as an argument.
var clockReaders = []string{"cmd/iab", "cmd/iablab", "internal/cli", "internal/lab"}

func TestOnlyTheBorderReadsTheClock(t *testing.T) {
	var read []string
	for _, root := range []string{"cmd", "internal"} {
		err := filepath.WalkDir(filepath.Join("..", root), func(file string, _ fs.DirEntry, err error) error {
			if err != nil || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return err
			}
			name := strings.TrimPrefix(filepath.ToSlash(file), "../")
			found, err := clockReads(file, nil)
			if err != nil {
				return err
			}
			for _, f := range found {
				if read = append(read, path.Dir(name)); !slices.Contains(clockReaders, path.Dir(name)) {
					t.Errorf("%s:%s: take the time as an argument: %s", name, f, purity)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Contains(read, "internal/cli") {
		t.Error("no read of the clock was found in internal/cli, so this test has not looked")
	}
}

// clockReads lists "line: time.Func" for every use of a function that reads the clock. A nil src means the file.
func clockReads(file string, src any) ([]string, error) {
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, file, src, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	clock := ""
	for _, i := range tree.Imports {
		if target, _ := strconv.Unquote(i.Path.Value); target == "time" {
			if clock = "time"; i.Name != nil {
				clock = i.Name.Name
			}
		}
	}
	var out []string
	ast.Inspect(tree, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		x, ok := s.X.(*ast.Ident)
		if ok && x.Name == clock && slices.Contains([]string{"Now", "Since", "Until"}, s.Sel.Name) {
			out = append(out, fmt.Sprintf("%d: time.%s", set.Position(s.Pos()).Line, s.Sel.Name))
		}
		return true
	})
	return out, nil
}

func TestHiddenClocksAreFound(t *testing.T) {
	src := `package p
import clock "time"
var now = clock.Now
func age(t clock.Time) clock.Duration { return clock.Since(t) }
func day(t clock.Time) int { return t.Day() }
`
	got, err := clockReads("p.go", src)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"3: time.Now", "4: time.Since"}, got); diff != "" {
		t.Error(diff)
	}
}
