<?php

declare(strict_types=1);

namespace Sessd;

/** What both handlers share: ids, ends, and rotation. */
abstract class Handler implements \SessionHandlerInterface, \SessionIdInterface, \SessionUpdateTimestampHandlerInterface
{
    /** Who the session belongs to, where it is made in this request. rotate() says it of one that exists. */
    public ?string $principal = null;

    /** id → what read() is to answer, since validateId() has asked already */
    private array $looked = [];

    /** What validateId() could not ask. */
    private ?\Exception $failed = null;

    /** id → whether the session was found */
    private array $found = [];

    /**
     * Timeouts are in seconds; the server's own where left out.
     * grace is how many ms an old id works after a rotation, so that what a browser has under way does not fail.
     */
    public function __construct(
        protected Connection $sessd,
        private ?int $idle = null,
        private ?int $absolute = null,
        public int $grace = 1000,
    ) {
    }

    /** Makes PHP's own sessions use this handler. Then session_start() and $_SESSION work as ever. */
    public function register(): void
    {
        ini_set('session.use_strict_mode', '1'); // an id that no session has is never taken over
        ini_set('session.serialize_handler', 'php_serialize');
        ini_set('session.gc_probability', '0'); // the server ends sessions in time
        session_set_save_handler($this, true);
    }

    /** Gives the session a new id, and a user. Belongs at every login, before anything about the user is written. */
    public function rotate(?string $principal = null): void
    {
        $this->principal = $principal;
        $old = session_id();
        session_write_close();
        if ($this->sessd->send('EXISTS', $old)) {
            $grace = $this->grace > 0 ? ['GRACE', $this->grace] : [];
            $who = $principal === null ? [] : ['PRINCIPAL', $principal];
            session_id($this->sessd->send('SESS.ROTATE', $old, '*', ...$grace, ...$who));
        }
        session_start();
    }

    /** Ends every session of a user, or all but one, and gives how many. */
    public function destroyAll(string $principal, ?string $except = null): int
    {
        return $this->sessd->send('SESS.DESTROYALL', $principal, ...($except === null ? [] : ['EXCEPT', $except]));
    }

    public function open(string $path, string $name): bool
    {
        return true;
    }

    public function close(): bool
    {
        $this->looked = $this->found = [];
        return true;
    }

    public function create_sid(): string
    {
        return rtrim(strtr(base64_encode(random_bytes(32)), '+/', '-_'), '=');
    }

    public function validateId(string $id): bool
    {
        if (!preg_match('/^[\w,-]{22,256}$/D', $id)) {
            return false;
        }
        try {
            $this->looked[$id] = $this->read($id);
            return $this->found[$id];
        } catch (\Exception $error) {
            $this->failed = $error; // PHP hides what is thrown here; read() follows, and throws it
            return true;
        }
    }

    public function read(string $id): string
    {
        if ($this->failed !== null) {
            [$error, $this->failed] = [$this->failed, null];
            throw $error;
        }
        if (isset($this->looked[$id])) {
            $data = $this->looked[$id];
            unset($this->looked[$id]);
            return $data;
        }
        $data = $this->load($id);
        $this->found[$id] = $data !== null;
        return $data ?? '';
    }

    public function write(string $id, string $data): bool
    {
        if ($this->found[$id] ?? false) {
            $this->save($id, $data);
            return true;
        }
        $words = $this->fieldsOf($id, $data);
        if ($words === [] && $this->principal === null) {
            return true; // who stores nothing has no session
        }
        $idle = $this->idle ? ['EX', $this->idle] : [];
        $absolute = $this->absolute ? ['MAXAGE', $this->absolute] : [];
        $who = $this->principal === null ? [] : ['PRINCIPAL', $this->principal];
        try {
            $this->sessd->send('SESS.CREATE', $id, ...$idle, ...$absolute, ...$who, ...$words);
        } catch (SessionExists) {
            $this->sessd->send('SESS.SAVE', $id, ...$words); // another request with this id was first
        }
        $this->found[$id] = true;
        $this->created($id, $data);
        return true;
    }

    /** Called in place of write() where nothing changed: reading has renewed the idle timeout. */
    public function updateTimestamp(string $id, string $data): bool
    {
        return true;
    }

    public function destroy(string $id): bool
    {
        $this->sessd->send('SESS.DESTROY', $id);
        $this->found[$id] = false;
        return true;
    }

    public function gc(int $max_lifetime): int
    {
        return 0;
    }

    /** Whether the session of this request is in the store. */
    protected function exists(string $id): bool
    {
        return $this->found[$id] ?? false;
    }

    /** The session as PHP serializes it, or null for none. */
    abstract protected function load(string $id): ?string;

    /** Saves to a session that exists. */
    abstract protected function save(string $id, string $data): void;

    /** The words of SESS.CREATE that hold the data; none for an empty session. */
    abstract protected function fieldsOf(string $id, string $data): array;

    /** The session exists as of now. */
    protected function created(string $id, string $data): void
    {
    }
}
