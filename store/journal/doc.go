// Package journal keeps a log of steps and snapshots of a state in one folder. It gives them back after the process or
// the machine has died. It knows nothing of what they mean: payloads are bytes.
//
// # Folder
//
//	lock                           locked by the process that has the folder; holds its id
//	log.00000007                   a segment of the log; numbers only grow
//	snapshot.00000000000000123456  the state after the step of that number; the two newest are kept
//	snapshot.tmp                   one that is being written, or was when the process died
//
// Steps are numbered from 1 without a gap. Recovery loads the newest snapshot that is whole, then the steps after it. Each
// process begins a segment; of those before it, it only cuts off what is torn.
//
// # Format 3
//
// Numbers are little endian. A file is a header and frames. A change of anything here is a new format.
//
//	header  magic     8  "sessdlog" or "sessdsnp"
//	        format    2  3; or 2, without zeros ahead; or 1, without kind 7; a greater one is refused
//	        cipher    2  0: clear text; 1: AES-256-GCM
//	        key id    8  of the key in the key file; 0 in clear text
//	        salt     32  random; the file's own key is HKDF-SHA256 of key and salt
//	        number    8  log: of the first step; snapshot: of the last step that is in it
//	        created   8  ms since the Unix epoch
//	        crc       4  CRC-32C of all before
//
//	frame   crc       4  CRC-32C of the rest of the frame
//	        length    4  of the body, at most 64 MiB and the tag of a cipher
//	        kind      1
//	        number    8
//	        body
//
//	kind    number         body
//	1 step  of the step    the payload, or its last part
//	2 part  as what ends   a part of a payload that is longer than a frame; the next frame goes on with it
//	3 mark  a step's       8 bytes of the salt, "onstable"; all steps up to that number are on stable storage
//	4 chunk from 1         a part of the state, or its last part
//	5 zstd  from 1         the same, compressed; written in format 1
//	6 end   of chunks      number of the step that the log must reach for the chunks to be one state; ends a snapshot
//	7 s2    from 1         as 4, compressed
//
// A segment may end in zeros, which were written for steps to take their place: syncs are quicker than where files grow.
//
// With a cipher the bodies of kinds 1, 2, 4, 5 and 7 are sealed. The nonce is the frame's number and the part's place among
// the parts; kind and number are authenticated. A frame that is written again, after an error, has the same bytes.
//
// # Damage
//
// A power cut may leave any part of what was not synced. So a bad frame ends the log, and all from there on is cut off.
// Where a mark after it, or a snapshot, says that it was on stable storage, that is damage, and recovery refuses. Zeros
// are a bad frame too where anything follows them. Where a write failed, the log goes on in the next segment, whose
// first step is the one that is missing.
//
// The first frame of a segment that a process begins is such a mark, so a segment that is missing later is damage. A file
// that begins as no power cut leaves a segment is another program's, and refused.
//
// # Promises
//
// A step that Commit has confirmed survives the process, and one that Sync has confirmed the machine. A step is
// recovered wholly or not at all, and never without those before it. After an fsync that failed nothing is confirmed
// until a snapshot is on stable storage. The kernel may have dropped what it could not write.
package journal
