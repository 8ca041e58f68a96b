<?php

declare(strict_types=1);

namespace Sessd;

/**
 * Sessions as PHP's own files keep them: the whole of it in one field, and one request at a time.
 *
 * Requests wait for the lock in order, in the server. A request that holds it longer than lockFor has lost it, and
 * its save is refused: SessionLocked, or SessionGone. A request that waits longer than waitFor gets SessionLocked.
 */
final class LockingHandler extends Handler
{
    private const FIELD = 'data';

    private string $token;

    /** the id of the session that this request has locked */
    private ?string $locked = null;

    /** lockFor and waitFor are in ms. With readOnly nothing is locked, and nothing can be saved. */
    public function __construct(
        Connection $sessd,
        ?int $idle = null,
        ?int $absolute = null,
        int $grace = 1000,
        private int $lockFor = 30_000,
        private int $waitFor = 10_000,
        private bool $readOnly = false,
    ) {
        parent::__construct($sessd, $idle, $absolute, $grace);
        $this->token = bin2hex(random_bytes(16));
    }

    public function close(): bool
    {
        $this->unlock();
        return parent::close();
    }

    public function destroy(string $id): bool
    {
        $this->locked = null; // the lock ends with its session
        return parent::destroy($id);
    }

    protected function load(string $id): ?string
    {
        $this->unlock();
        $lock = $this->readOnly ? [] : ['LOCK', $this->token, 'PX', $this->lockFor, 'WAIT', $this->waitFor];
        $reply = $this->sessd->get($id, ...$lock);
        if ($reply === null) {
            return null;
        }
        $this->locked = $this->readOnly ? null : $id;
        return array_column(array_chunk($reply, 2), 1, 0)[self::FIELD] ?? '';
    }

    protected function save(string $id, string $data): void
    {
        if ($this->readOnly) {
            throw new \LogicException('the session was opened to read only');
        }
        $this->sessd->send('SESS.SAVE', $id, 'LOCK', $this->token, 'UNLOCK', 'FIELDS', 1, self::FIELD, $data);
        $this->locked = null;
    }

    protected function fieldsOf(string $id, string $data): array
    {
        return in_array($data, ['', 'a:0:{}'], true) ? [] : ['FIELDS', 1, self::FIELD, $data];
    }

    private function unlock(): void
    {
        [$id, $this->locked] = [$this->locked, null];
        if ($id !== null) {
            try {
                $this->sessd->send('SESS.UNLOCK', $id, $this->token);
            } catch (SessionGone) {
                // The lock ended with it.
            }
        }
    }
}
