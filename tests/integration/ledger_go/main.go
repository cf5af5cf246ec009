// An outside client of the log: reads checkpoint, tiles and entry bundles of a folder laid out as
// C2SP tlog-tiles and verifies every record with golang.org/x/mod/sumdb, which knows nothing of
// Varsam.
//
//	main DIR     exit 0: every record stands under the signed checkpoint
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "ledger_go:", err)
		os.Exit(1)
	}
}

// numberPath writes n as x001/x234/067.
func numberPath(n int64) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	return text
}

func read(dir, kind string, n int64, width int) ([]byte, error) {
	path := filepath.Join(dir, "tile", kind, numberPath(n))
	if width < 1<<height {
		path = filepath.Join(path+".p", strconv.Itoa(width))
	}
	return os.ReadFile(path)
}

type tiles struct{ dir string }

func (t tiles) Height() int                         { return height }
func (t tiles) SaveTiles(_ []tlog.Tile, _ [][]byte) {}
func (t tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		data, err := read(t.dir, strconv.Itoa(tile.L), tile.N, tile.W)
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func tree(dir string) (tlog.Tree, error) {
	vkey, err := os.ReadFile(filepath.Join(dir, "vkey"))
	fail(err)
	verifier, err := note.NewVerifier(strings.TrimSpace(string(vkey)))
	fail(err)
	message, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	fail(err)
	opened, err := note.Open(message, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if lines[0] != verifier.Name() {
		return tlog.Tree{}, fmt.Errorf("origin %q", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	hash, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: hash}, err
}

func main() {
	dir := os.Args[1]
	head, err := tree(dir)
	fail(err)
	hashes := tlog.TileHashReader(head, tiles{dir})
	verified := int64(0)
	for bundle := int64(0); bundle<<height < head.N; bundle++ {
		width := int(head.N - bundle<<height)
		if width > 1<<height {
			width = 1 << height
		}
		data, err := read(dir, "entries", bundle, width)
		fail(err)
		var indexes []int64
		var records [][]byte
		for i := 0; i < width; i++ {
			size := int(binary.BigEndian.Uint16(data))
			records = append(records, data[2:2+size])
			data = data[2+size:]
			indexes = append(indexes, tlog.StoredHashIndex(0, bundle<<height+int64(i)))
		}
		if len(data) != 0 {
			fail(fmt.Errorf("bundle %d has %d bytes too many", bundle, len(data)))
		}
		stored, err := hashes.ReadHashes(indexes)
		fail(err)
		for i, record := range records {
			want := fmt.Sprintf("varsam1 %d ", bundle<<height+int64(i))
			if !bytes.HasPrefix(record, []byte(want)) || tlog.RecordHash(record) != stored[i] {
				fail(fmt.Errorf("record %d does not fit the tree", bundle<<height+int64(i)))
			}
			verified++
		}
	}
	fmt.Printf("%d records verified under %v\n", verified, head.Hash)
}
