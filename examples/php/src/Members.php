<?php

declare(strict_types=1);

/** Members in a file, because every request of PHP begins with nothing. */
final class Members
{
    public function __construct(private readonly string $file)
    {
    }

    /** @return array{course: bool, status: string, access: bool} */
    public function read(string $email): array
    {
        $member = $this->locked(fn (array $kept): array => $kept)['members'][$email] ?? self::nobody();

        return $member + ['access' => in_array($member['status'], ['active', 'trialing', 'past_due'], true)];
    }

    /** Changes a member, once for every delivery: the same one may come twice. */
    public function once(string $delivery, string $email, callable $change): void
    {
        $this->locked(function (array $kept) use ($delivery, $email, $change): array {
            if (!isset($kept['seen'][$delivery])) {
                $kept['members'][$email] = $change($kept['members'][$email] ?? self::nobody());
                $kept['seen'][$delivery] = true;
            }

            return $kept;
        });
    }

    /** @return array{course: bool, status: string} */
    private static function nobody(): array
    {
        return ['course' => false, 'status' => 'none'];
    }

    private function locked(callable $change): array
    {
        $file = fopen($this->file, 'c+');
        flock($file, LOCK_EX);
        $before = stream_get_contents($file);
        $kept = $change($before === '' ? ['members' => [], 'seen' => []] : json_decode($before, true));
        rewind($file);
        ftruncate($file, 0);
        fwrite($file, json_encode($kept, JSON_THROW_ON_ERROR));
        fclose($file);

        return $kept;
    }
}
