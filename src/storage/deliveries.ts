// The contract of the delivery log: every notification with what became of it.

export interface Delivery {
  readonly id: number
  readonly channel: string
  readonly event: string
  /** What it is about, one line. */
  readonly subject: string
  /** JSON, as it is sent; without secrets. */
  readonly body: string
  /** ISO 8601. */
  readonly createdAt: string
  readonly status: 'waiting' | 'delivered' | 'failed'
  readonly attempts: number
  /** ISO 8601: not tried before. */
  readonly nextAt: string
  /** Why the last try failed. */
  readonly error?: string
}

export interface DeliveryStore {
  add(delivery: Omit<Delivery, 'id' | 'status' | 'attempts' | 'nextAt' | 'error'>): Promise<void>
  /** Waiting ones whose time has come, oldest first. */
  due(now: string, limit: number): Promise<readonly Delivery[]>
  update(
    id: number,
    change: Pick<Delivery, 'status' | 'attempts' | 'nextAt'> & { readonly error?: string },
  ): Promise<void>
  /** Newest first. */
  list(filter: {
    readonly status?: Delivery['status']
    readonly limit?: number
  }): Promise<readonly Delivery[]>
  /** Forgets what is done and older than this. */
  drop(before: string): Promise<void>
}
