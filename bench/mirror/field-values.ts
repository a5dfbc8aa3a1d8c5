/** SQL in files.sql for the column of each metadata field, by the field's name; what dipper derives from the metadata written there. */
export const fieldValues: Readonly<Record<string, string>> = {
  obsId: 'case when not v.bare then o.obs_id end',
  sbId: 'case when not v.bare then o.sb_id end',
  telIds: 'case when not v.bare then e.tel_ids end',
  subarrayId: 'case when not v.bare then o.subarray_id end',
  startTime: 'case when not v.bare then t.began end',
  endTime: 'case when not v.bare then t.ended end',
  dataLevel: 'case when not v.bare then v.level end',
  dataType: 'case when not v.bare then v.type end',
  dataDivision: 'case when not (v.bare or o.flat) then v.division end',
  dataAssociation: 'case when not (v.bare or o.flat) then v.association end',
  chunkId: `case when not (v.bare or o.flat) and v.type = 'event' then e.chunk end`,
  observingNight: 'case when not (v.bare or o.flat) then o.night::text end',
  siteId: 'case when not (v.bare or o.flat) then o.site end',
  category: `case when not (v.bare or o.flat) and v.level in ('DL1', 'DL2', 'DL3') then v.category end`,
  release: `case when not (v.bare or o.flat) and v.level in ('DL1', 'DL2', 'DL3') then v.release end`,
};
