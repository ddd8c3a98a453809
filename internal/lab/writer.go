package lab

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// writerLog is the file that a writer fills in each of its directories.
const writerLog = "log"

// WriterInit is a first process that writes growing numbers, one into each directory's log in turn, and never waits for a disk: what the
// logs hold together is all numbers up to the last one, unless something was written between their snapshots.
func WriterInit(dirs ...string) string {
	return fmt.Sprintf(`#!/bin/sh
trap 'exit 0' PWR TERM
mkdir -p %[1]s
i=0
while :; do
	for dir in %[1]s; do
		i=$((i+1))
		echo $i >>$dir/%[2]s
	done
	usleep 1000
done
`, strings.Join(dirs, " "), writerLog)
}

// WriterLog is the log of a writer in one of its directories.
func WriterLog(dir string) string { return strings.TrimPrefix(dir+"/"+writerLog, "/") }

// Written reads logs of a writer. It returns the last number, and the first one that is missing although a later one is there; 0: none is.
func Written(logs ...string) (last, missing int, err error) {
	var all []int
	for line := range strings.Lines(strings.Join(logs, "")) {
		number, err := strconv.Atoi(strings.TrimSuffix(line, "\n"))
		if err != nil {
			return 0, 0, fmt.Errorf("read the log of a writer: %w", err)
		}
		all = append(all, number)
	}
	slices.Sort(all)
	for i, number := range all {
		if number != i+1 {
			return all[len(all)-1], i + 1, nil
		}
	}
	return len(all), 0, nil
}
