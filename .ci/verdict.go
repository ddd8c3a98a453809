//go:build ignore

// Command verdict reads what `go test -json` prints, shows it for people, and judges it harder than go test does:
// a skipped test is a failure, and so is a run without tests. What failed tests complained of is repeated at the end, without
// the logs around it: of a long output people see the end first, and some services keep nothing else. Arguments are packages of which at least one test must
// have run. With -v the result of every test is shown, not only of the failed ones.
//
//	go test -json ./... | go run .ci/verdict.go [-v] [PACKAGE]...
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
)

// event is one line of `go test -json`; `go doc test2json` has the details.
type event struct {
	Action, Package, ImportPath, Test, Output, FailedBuild string
}

type verdict struct {
	verbose bool
	said    map[string][]string // by package and test: output not shown yet
	ran     map[string]int      // by package: tests that passed or failed
	passed  int
	failed  []string // packages and tests
	skipped []string
	words   map[string][]string // by failed package and test: its complaints
}

// Of each complaint the first lines are repeated, of each test the last complaints.
const (
	maxLines      = 15
	maxComplaints = 10
)

// complaint is how a line begins that t.Log, t.Error or t.Fatal has written.
var complaint = regexp.MustCompile(`^\s+\S+\.go:\d+: `)

// complaints returns what a test itself has said, each with the lines that belong to it. Lines of servers' logs and the like are left out.
func complaints(said []string) []string {
	var list []string
	lines, here := 0, false
	for _, line := range strings.SplitAfter(strings.Join(said, ""), "\n") {
		switch {
		case complaint.MatchString(line):
			list, lines, here = append(list, line), 1, true
		case !here || strings.TrimSpace(line) == "":
		case strings.HasPrefix(line, "        ") && !strings.HasPrefix(strings.TrimSpace(line), "time="):
			if lines++; lines <= maxLines {
				list[len(list)-1] += line
			}
		default:
			here = false
		}
	}
	return list[max(0, len(list)-maxComplaints):]
}

func main() {
	verbose := flag.Bool("v", false, "show the result of every test")
	flag.Parse()
	v := verdict{verbose: *verbose, said: map[string][]string{}, ran: map[string]int{}, words: map[string][]string{}}
	lines := bufio.NewReader(os.Stdin)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			v.line(line)
		}
		if err != nil {
			break
		}
	}
	if !v.close(flag.Args()) {
		os.Exit(1)
	}
}

// line takes one line of input. What is no event (a compiler's complaint, say) is shown as it is.
func (v *verdict) line(line string) {
	var e event
	if err := json.Unmarshal([]byte(line), &e); err != nil || e.Action == "" {
		fmt.Print(line)
		return
	}
	key := e.Package + " " + e.Test
	switch e.Action {
	case "build-output":
		fmt.Print(e.Output)
	case "build-fail":
		v.failed = append(v.failed, e.ImportPath+" (build)")
	case "output":
		v.output(key, e)
	case "pass", "fail", "skip":
		v.end(key, e)
	}
}

// output shows what a package says at once, and keeps what a test says until its end.
func (v *verdict) output(key string, e event) {
	switch {
	case e.Test != "":
		v.said[key] = append(v.said[key], e.Output)
	case e.Output == "PASS\n", e.Output == "FAIL\n", strings.HasSuffix(e.Output, "[no test files]\n"):
	default:
		fmt.Print(e.Output)
	}
}

func (v *verdict) end(key string, e event) {
	said := v.said[key]
	delete(v.said, key)
	if e.Test == "" {
		if e.Action == "fail" && e.FailedBuild == "" {
			v.packageFailed(e.Package)
		}
		return
	}
	if e.Action != "pass" {
		fmt.Print(strings.Join(said, ""))
	} else if top := !strings.Contains(e.Test, "/"); v.verbose && top && len(said) > 0 {
		fmt.Print(said[len(said)-1])
	}
	switch e.Action {
	case "pass":
		v.passed++
	case "fail":
		v.failed = append(v.failed, key)
		v.words[key] = complaints(said)
	case "skip":
		v.skipped = append(v.skipped, key)
		return
	}
	v.ran[e.Package]++
}

// packageFailed shows the tests that a failed package never ended: a panic or the timeout took them down. The package
// itself counts as a failure only if none of its tests does.
func (v *verdict) packageFailed(pkg string) {
	for key, said := range v.said {
		if strings.HasPrefix(key, pkg+" ") {
			v.failed = append(v.failed, key+" (not finished)")
			fmt.Print(strings.Join(said, ""))
			v.words[key+" (not finished)"] = complaints(said)
			delete(v.said, key)
		}
	}
	for _, what := range v.failed {
		if strings.HasPrefix(what, pkg+" ") {
			return
		}
	}
	v.failed = append(v.failed, pkg)
}

// close prints the totals and tells whether all is well.
func (v *verdict) close(needed []string) bool {
	ok := len(v.failed) == 0 && len(v.skipped) == 0
	for _, what := range v.failed {
		fmt.Println("FAILED:", what)
		fmt.Print(strings.Join(v.words[what], ""))
	}
	for _, what := range v.skipped {
		fmt.Println("SKIPPED, which counts as failed:", what)
	}
	for _, pkg := range needed {
		if v.ran[pkg] == 0 {
			fmt.Println("NO TEST RAN, which counts as failed:", pkg)
			ok = false
		}
	}
	if v.passed == 0 {
		fmt.Println("no test passed, which counts as failed")
		ok = false
	}
	fmt.Printf("%d passed, %d failed, %d skipped\n", v.passed, len(v.failed), len(v.skipped))
	return ok
}
