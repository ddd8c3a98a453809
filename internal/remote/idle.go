package remote

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"
)

// idleCode is a program that sleeps for ever, as machine code by Incus's name of the architecture: a system call that waits for a
// signal, in a loop. It is the first process of a container that is there only for its files.
var idleCode = map[string]struct {
	machine elf.Machine
	code    []byte
}{
	"x86_64": {elf.EM_X86_64, []byte{
		0xb8, 0x22, 0x00, 0x00, 0x00, // mov $34, %eax (pause)
		0x0f, 0x05, // syscall
		0xeb, 0xf7, // jmp to the start
	}},
	"aarch64": {elf.EM_AARCH64, []byte{
		0x00, 0x00, 0x80, 0xd2, // mov x0, #0 (no descriptors)
		0x01, 0x00, 0x80, 0xd2, // mov x1, #0
		0x02, 0x00, 0x80, 0xd2, // mov x2, #0 (no timeout)
		0x03, 0x00, 0x80, 0xd2, // mov x3, #0
		0x28, 0x09, 0x80, 0xd2, // mov x8, #73 (ppoll)
		0x01, 0x00, 0x00, 0xd4, // svc #0
		0xfa, 0xff, 0xff, 0x17, // b to the start
	}},
}

// Where the program lies in memory, and how long the parts of its file are.
const (
	idleBase      = 0x400000
	idleHeader    = 64
	idleSegment   = 56
	idlePageAlign = 0x10000
)

// idleProgram returns the static program file for an architecture.
func idleProgram(architecture string) (io.ReadSeeker, error) {
	idle, ok := idleCode[architecture]
	if !ok {
		return nil, fmt.Errorf("there is no first process for architecture %s", architecture)
	}
	length := uint64(idleHeader + idleSegment + len(idle.code))
	header := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(idle.machine), Version: uint32(elf.EV_CURRENT),
		Entry: idleBase + idleHeader + idleSegment, Phoff: idleHeader, Ehsize: idleHeader, Phentsize: idleSegment, Phnum: 1,
	}
	copy(header.Ident[:], elf.ELFMAG)
	header.Ident[elf.EI_CLASS], header.Ident[elf.EI_DATA], header.Ident[elf.EI_VERSION] = byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	segment := elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: idleBase, Paddr: idleBase,
		Filesz: length, Memsz: length, Align: idlePageAlign}
	var file bytes.Buffer
	for _, part := range []any{header, segment, idle.code} {
		if err := binary.Write(&file, binary.LittleEndian, part); err != nil {
			return nil, err
		}
	}
	return bytes.NewReader(file.Bytes()), nil
}
