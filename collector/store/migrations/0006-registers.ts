import { type Kysely, type SchemaModule, sql } from 'kysely';

/** Registers of computers, media and software kept at ingest, details people add, tokens with limits. Immutable once released. */
export async function up(db: Kysely<unknown>): Promise<void> {
  const { schema } = db;
  await devices(schema);
  await mediaRegister(db);
  await computers(schema);
  await software(schema);
  await people(schema);
  await tokens(schema);
  await alertIndexes(schema);
}

async function devices(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('seen_devices')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('class', 'text', (column) => column.notNull())
    .addColumn('vendor_id', 'text')
    .addColumn('product_id', 'text')
    .addColumn('vendor', 'text')
    .addColumn('product', 'text')
    .addColumn('serial', 'text')
    .addColumn('serial_trust', 'text', (column) => column.notNull())
    .addColumn('size_bytes', 'bigint')
    .addColumn('encryption', 'text')
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('first_computer_no', 'integer', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addColumn('last_computer_no', 'integer', (column) => column.notNull())
    .addColumn('last_user', 'text')
    .addColumn('times', 'integer', (column) => column.notNull())
    .addColumn('files_written', 'integer', (column) => column.notNull())
    .execute();
  await schema.createIndex('seen_devices_by_serial').on('seen_devices').expression(sql`lower(serial)`).execute();
  await schema
    .createTable('seen_device_places')
    .addColumn('device_id', 'text', (column) => column.notNull().references('seen_devices.id'))
    .addColumn('computer_no', 'integer', (column) => column.notNull().references('computers.no'))
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addColumn('times', 'integer', (column) => column.notNull())
    .addColumn('last_user', 'text')
    .addPrimaryKeyConstraint('seen_device_places_pk', ['device_id', 'computer_no'])
    .execute();
  await schema
    .createIndex('seen_device_places_by_computer')
    .on('seen_device_places')
    .columns(['computer_no', 'last_at'])
    .execute();
}

async function mediaRegister(db: Kysely<unknown>): Promise<void> {
  const same = sql`s.serial_trust = 'device' and lower(m.serial) = lower(s.serial)
    and (m.vendor_id is null or m.vendor_id = s.vendor_id) and (m.product_id is null or m.product_id = s.product_id)`;
  await sql`create view media_register as
    select s.id, m.id as medium_id, s.class, s.vendor_id, s.product_id, s.vendor, s.product, s.serial, s.serial_trust,
      s.size_bytes, s.encryption, s.first_at, s.first_computer_no, s.last_at, s.last_computer_no, s.last_user, s.times,
      s.files_written, coalesce(m.state, 'unregistered') as state, m.holder, m.label, m.expires_at
    from seen_devices s left join media m on ${same}
    union all
    select m.id, m.id, null, m.vendor_id, m.product_id, null, null, m.serial, 'device', null, null, null, null, null,
      null, null, 0, 0, m.state, m.holder, m.label, m.expires_at
    from media m where not exists (select 1 from seen_devices s where ${same})`.execute(db);
}

async function computers(schema: SchemaModule): Promise<void> {
  for (const name of ['short_name', 'make', 'model', 'serial', 'os_name'] as const) {
    await schema.alterTable('computers').addColumn(name, 'text').execute();
  }
  for (const name of ['portable', 'areas_failed', 'areas_degraded', 'conditions', 'spool_events'] as const) {
    await schema.alterTable('computers').addColumn(name, 'integer').execute();
  }
  await schema
    .createTable('computer_drives')
    .addColumn('computer_no', 'integer', (column) => column.notNull().references('computers.no'))
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('encryption', 'text', (column) => column.notNull())
    .addColumn('facts', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('computer_drives_pk', ['computer_no', 'key'])
    .execute();
  await schema
    .createTable('computer_posture')
    .addColumn('computer_no', 'integer', (column) => column.notNull().references('computers.no'))
    .addColumn('item', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('facts', 'text', (column) => column.notNull())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('computer_posture_pk', ['computer_no', 'item'])
    .execute();
  await schema
    .createTable('computer_users')
    .addColumn('computer_no', 'integer', (column) => column.notNull().references('computers.no'))
    .addColumn('user', 'text', (column) => column.notNull())
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .addColumn('events', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('computer_users_pk', ['computer_no', 'user'])
    .execute();
  await schema
    .createTable('daily_counts')
    .addColumn('day', 'integer', (column) => column.notNull())
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('count', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('daily_counts_pk', ['day', 'kind'])
    .execute();
}

async function software(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('software_titles')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('publisher', 'text')
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('first_computer_no', 'integer', (column) => column.notNull())
    .addColumn('installs', 'integer', (column) => column.notNull())
    .addColumn('unapproved', 'integer', (column) => column.notNull())
    .execute();
  await schema
    .createTable('software_installs')
    .addColumn('computer_no', 'integer', (column) => column.notNull().references('computers.no'))
    .addColumn('title_id', 'text', (column) => column.notNull().references('software_titles.id'))
    .addColumn('version', 'text', (column) => column.notNull())
    .addColumn('approval', 'text', (column) => column.notNull())
    .addColumn('since', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('software_installs_pk', ['computer_no', 'title_id'])
    .execute();
  await schema
    .createIndex('software_installs_by_title')
    .on('software_installs')
    .columns(['title_id', 'version'])
    .execute();
  await schema
    .createTable('software_standings')
    .addColumn('title_id', 'text', (column) => column.primaryKey().references('software_titles.id'))
    .addColumn('standing', 'text')
    .addColumn('tolerated_until', 'bigint')
    .addColumn('unsupported_since', 'text')
    .addColumn('licence', 'text')
    .addColumn('seats', 'integer')
    .addColumn('licence_ends', 'text')
    .addColumn('note', 'text')
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_by', 'text')
    .execute();
}

async function people(schema: SchemaModule): Promise<void> {
  await schema
    .createTable('asset_details')
    .addColumn('computer_no', 'integer', (column) => column.primaryKey().references('computers.no'))
    .addColumn('asset_tag', 'text')
    .addColumn('owner', 'text')
    .addColumn('iao', 'text')
    .addColumn('location', 'text')
    .addColumn('portable', 'text')
    .addColumn('disposal', 'text', (column) => column.notNull())
    .addColumn('disposal_note', 'text')
    .addColumn('notes', 'text')
    .addColumn('changed_at', 'bigint', (column) => column.notNull())
    .addColumn('changed_by', 'text')
    .execute();
  await schema
    .createTable('network_names')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('short_name', 'text', (column) => column.notNull().unique())
    .addColumn('mac', 'text')
    .addColumn('address', 'text')
    .addColumn('status', 'text', (column) => column.notNull())
    .addColumn('note', 'text')
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('first_at', 'bigint', (column) => column.notNull())
    .addColumn('last_at', 'bigint', (column) => column.notNull())
    .execute();
  await schema
    .createTable('upkeep')
    .addColumn('what', 'text', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('well', 'integer', (column) => column.notNull())
    .addColumn('detail', 'text', (column) => column.notNull())
    .execute();
}

async function tokens(schema: SchemaModule): Promise<void> {
  const tokens = () => schema.alterTable('enrolment_tokens');
  await tokens()
    .addColumn('uses_allowed', 'integer', (column) => column.notNull().defaultTo(1))
    .execute();
  await tokens()
    .addColumn('uses', 'integer', (column) => column.notNull().defaultTo(0))
    .execute();
  await tokens().addColumn('revoked_at', 'bigint').execute();
  await tokens().addColumn('made_by', 'text').execute();
  await tokens().dropColumn('used_at').execute();
  await tokens().dropColumn('used_by').execute();
  await schema
    .createTable('token_uses')
    .addColumn('computer_id', 'text', (column) => column.primaryKey())
    .addColumn('token_id', 'text', (column) => column.notNull().references('enrolment_tokens.id'))
    .addColumn('at', 'bigint', (column) => column.notNull())
    .execute();
  await schema.createIndex('token_uses_by_token').on('token_uses').columns(['token_id', 'at']).execute();
}

/** The figures of the first page, answered from an index alone. */
async function alertIndexes(schema: SchemaModule): Promise<void> {
  await schema.createIndex('alerts_by_state').on('alerts').columns(['state', 'severity', 'computer_no']).execute();
  await schema.createIndex('alerts_by_first').on('alerts').columns(['first_at', 'severity']).execute();
}
